import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { conditionOf, type SeenCondition, type ServiceObj } from "../../test/support/ocm-status.ts";

/** What Flux says of one object: as it found it, and as it would be if something had failed. */
export type FluxStatus = {
  readonly fail: () => Promise<unknown>;
  readonly recover: () => Promise<unknown>;
};

/** Takes the pen out of Flux's hand: `lasting` is the condition by which the kind keeps the cause of a failure. */
export async function fluxStatus(
  platform: SimClient,
  ref: ObjRef,
  lasting: Pick<SeenCondition, "type" | "status">,
): Promise<FluxStatus> {
  const object = await platform.get<ServiceObj>(ref);
  const good = object.status?.conditions ?? [];
  const ready = conditionOf(object, "Ready");
  if (ready?.status !== "True") {
    throw new Error(`expected ${ref.kind} ${ref.name} to be Ready, found ${JSON.stringify(ready)}`);
  }
  const failure = { ...ready, reason: "Benchmark", message: "failed for the sake of measurement" };
  const others = good.filter(({ type }) => type !== "Ready" && type !== lasting.type);
  const bad = [{ ...failure, status: "False" }, { ...failure, ...lasting }, ...others];
  return {
    fail: () => platform.status(ref, { conditions: bad }),
    recover: () => platform.status(ref, { conditions: good }),
  };
}
