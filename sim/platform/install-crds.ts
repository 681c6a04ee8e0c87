import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { isConditionTrue } from "../condition.ts";
import { load } from "js-yaml";

import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import type { KindRef } from "../resource-paths.ts";
import { ensure } from "../stand-in/ensure.ts";
import { waitFor } from "../stand-in/wait-for.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";

/** A release of the platform's API: the newest that is supported, or the oldest. */
export type PlatformRelease = "newest" | "oldest";

const FOLDERS: Readonly<Record<PlatformRelease, string>> = { newest: "openmcp", oldest: "openmcp-v0.18.1" };

const CRDS = join(import.meta.dirname, "..", "crds");

/** Installs the CRDs that a platform cluster has from openMCP and Flux, and waits until they are served. */
export async function installCRDs(
  platform: SimClient,
  clock: SimClock,
  release: PlatformRelease = "newest",
): Promise<void> {
  const crds = platformCRDs(release);
  for (const crd of crds) {
    await ensure(platform, crd);
  }
  for (const { apiVersion, kind, metadata } of crds) {
    await waitFor(clock, async () => {
      return isConditionTrue(await platform.find({ apiVersion, kind, name: metadata.name }), "Established");
    });
  }
  // Discovery knows a kind a moment later still.
  for (const kind of crds.flatMap(servedKinds)) {
    await waitFor(clock, () => platform.serves(kind));
  }
}

function servedKinds(crd: Obj): readonly KindRef[] {
  return listAt(crd, "spec", "versions")
    .filter((version) => valueAt(version, "served") === true)
    .map((version) => ({
      apiVersion: `${textAt(crd, "spec", "group")}/${textAt(version, "name")}`,
      kind: textAt(crd, "spec", "names", "kind"),
    }));
}

const known = new Map<PlatformRelease, readonly Obj[]>();

/** The CRDs that a platform cluster has from openMCP and Flux. */
// Reading synchronously keeps a virtual clock from believing that nobody has anything to do.
export function platformCRDs(release: PlatformRelease = "newest"): readonly Obj[] {
  const crds = known.get(release) ?? readFolders(["flux", FOLDERS[release]]);
  known.set(release, crds);
  return crds;
}

/** The CRDs that the operator installs on the onboarding cluster. */
export function onboardingCRDs(): readonly Obj[] {
  return readFolders(["openmcp-onboarding"]);
}

function readFolders(names: readonly string[]): readonly Obj[] {
  const folders = names.map((name) => join(CRDS, name));
  const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  const texts = files.filter((file) => file.endsWith(".yaml")).toSorted();
  return texts.map((file) => load(readFileSync(file, "utf8")) as Obj);
}
