import type { ControlPlaneRef } from "../ground/ground.ts";
import { tenantNamespace } from "../src/openmcp/platform/names.ts";
import { TOOLKIT_NAME } from "../src/ocm/names.ts";
import { ref } from "../test/support/kinds.ts";
import { conditionOf, isReady, type ServiceObj } from "../test/support/ocm-status.ts";
import { prepare } from "../test/support/world.ts";
import { withDeadline } from "./support/deadline.ts";
import { distributionOf } from "./support/distribution.ts";
import { type FluxStatus, fluxStatus } from "./support/flux-status.ts";
import { installTenants } from "./support/install-tenants.ts";
import { OcmWatch } from "./support/ocm-watch.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, figuresOf, print } from "./support/report.ts";
import { configure, openStage, orderControlPlanes, type Stage } from "./support/stage.ts";

// From the moment at which Flux writes that something has failed, or works again, until the OCM object says so: how
// long? Measured at the API servers, one change at a time, on the source and the release of the tenants in turn.

type Observer = { readonly stage: Stage; readonly watch: OcmWatch };

const ROUNDS = 100;
const WARM_UP_ROUNDS = 20;

const options = readOptions(process.argv.slice(2));
await using stage = await openStage();
using watch = new OcmWatch(stage.onboarding);
await prepare(stage);
await configure(stage);
await stage.start("run");

const planes = await orderControlPlanes(stage, options.tenants);
await installTenants(stage, watch, planes.slice(0, 1));
await flip({ stage, watch }, planes.slice(0, 1), WARM_UP_ROUNDS);
const alone = await measure({ stage, watch }, planes.slice(0, 1));
await installTenants(stage, watch, planes.slice(1));
const together = await measure({ stage, watch }, planes);

print("from a status of Flux to the status of the OCM object", [...alone, ...together], options);

async function measure(observer: Observer, among: readonly ControlPlaneRef[]): Promise<readonly Figure[]> {
  const { drops, returns } = await flip(observer, among, ROUNDS);
  return [
    ...figuresOf(`Ready drops, tenants: ${among.length}`, distributionOf(drops), "ms"),
    ...figuresOf(`Ready returns, tenants: ${among.length}`, distributionOf(returns), "ms"),
  ];
}

async function flip(
  { stage: { platform }, watch: seen }: Observer,
  among: readonly ControlPlaneRef[],
  rounds: number,
): Promise<{ readonly drops: readonly number[]; readonly returns: readonly number[] }> {
  const drops: number[] = [];
  const returns: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const plane = among[round % among.length];
    if (plane === undefined) {
      throw new Error("expected at least one control plane");
    }
    const flux = await fluxStatusOf(platform, plane, round);
    const change = async (write: FluxStatus["fail"], isMet: (ocm: ServiceObj) => boolean): Promise<number> => {
      const met = seen.until(plane, isMet);
      const startMs = performance.now();
      await write();
      return (await withDeadline(met, `OCM ${plane.name} follows Flux`)) - startMs;
    };
    drops.push(await change(flux.fail, hasFailed));
    returns.push(await change(flux.recover, isReady));
  }
  return { drops, returns };
}

function fluxStatusOf(
  platform: Stage["platform"],
  { name, namespace }: ControlPlaneRef,
  round: number,
): Promise<FluxStatus> {
  const tenant = tenantNamespace(name, namespace);
  return round % 2 === 0
    ? fluxStatus(platform, ref("ociRepository", TOOLKIT_NAME, tenant), { type: "FetchFailed", status: "True" })
    : fluxStatus(platform, ref("helmRelease", TOOLKIT_NAME, tenant), { type: "Released", status: "False" });
}

function hasFailed(ocm: ServiceObj): boolean {
  return conditionOf(ocm, "Ready")?.reason === "ReconcileError";
}
