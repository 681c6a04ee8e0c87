import { readFileSync } from "node:fs";
import type { DebianPin } from "./downloads.ts";

/** What the build takes from Debian. `npm run image:pins` renews it. */
export type DebianPins = {
  /** A moment at which all of these versions were in the archive, as snapshot.debian.org writes it. */
  readonly snapshot: string;
  /** Packages whose files get into the image. */
  readonly image: readonly DebianPin[];
  /** Packages that run the Node of one platform on another, while the image is built. */
  readonly emulator: readonly DebianPin[];
};

/** The file of the pins. */
export const DEBIAN_PINS = "scripts/image/debian-pins.json";

export function readDebianPins(): DebianPins {
  return JSON.parse(readFileSync(DEBIAN_PINS, "utf8")) as DebianPins;
}
