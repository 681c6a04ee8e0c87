import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Where `npm run image` writes the image. */
export const LAYOUT = "dist/image";

/** Builds the image where there is none: the runner of the suites has built it, a file that runs alone may be the first. */
export function buildImageOnce(): void {
  if (!existsSync(`${LAYOUT}/index.json`)) {
    execFileSync(process.execPath, ["scripts/image.ts"], { stdio: "ignore" });
  }
}
