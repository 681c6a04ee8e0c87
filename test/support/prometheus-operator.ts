import { globSync, readFileSync } from "node:fs";

import { load } from "js-yaml";

import type { SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { waitFor } from "../../sim/stand-in/wait-for.ts";
import { trusted } from "../../sim/trusted.ts";
import { textAt } from "../../sim/value-at.ts";

/** Installs the kinds of the Prometheus operator that deploy/monitoring has objects of. */
export async function installMonitoringKinds(platform: SimClient): Promise<void> {
  for (const file of globSync("sim/crds/prometheus-operator/*.yaml").toSorted()) {
    const crd = trusted<Obj>(load(readFileSync(file, "utf8")));
    await platform.create(crd);
    const kind = textAt(crd, "spec", "names", "kind");
    await waitFor(systemSimClock, () => platform.serves({ apiVersion: "monitoring.coreos.com/v1", kind }));
  }
}
