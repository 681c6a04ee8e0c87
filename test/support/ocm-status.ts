import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { awaitPresent } from "./await-object.ts";
import { type OcmName, ocmRef } from "./kinds.ts";

/** A condition as tests read it. */
export type SeenCondition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
};

/** An object with the platform's status contract. */
export type ServiceObj = Obj & {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly phase?: string;
    readonly installedVersion?: string;
    readonly conditions?: readonly SeenCondition[];
    readonly resources?: readonly Readonly<Record<string, string>>[];
    readonly tenants?: Readonly<Record<string, number>>;
  };
};

/** Finds a condition of an object. */
export function conditionOf(object: ServiceObj | undefined, type: string): SeenCondition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether an object is Ready for its present generation. */
export function isReady(object: ServiceObj): boolean {
  const ready = conditionOf(object, "Ready");
  return ready?.status === "True" && object.status?.observedGeneration === object.metadata.generation;
}

/** Waits until the OCM object of a control plane is Ready, with `version` installed when that is given. */
export function awaitReady(client: SimClient, plane: OcmName, version?: string): Promise<ServiceObj> {
  const isMet = (object: ServiceObj): boolean =>
    isReady(object) && (version === undefined || object.status?.installedVersion === version);
  return awaitPresent<ServiceObj>(client, ocmRef(plane), isMet, {
    what: `OCM ${plane.name} is Ready${version === undefined ? "" : ` with ${version}`}`,
    withinMs: 180_000,
  });
}

/** Waits until a condition of an object has a reason. */
export function awaitReason(
  client: SimClient,
  object: Parameters<typeof awaitPresent>[1],
  type: string,
  reason: string,
): Promise<ServiceObj> {
  return awaitPresent<ServiceObj>(client, object, (found) => conditionOf(found, type)?.reason === reason, {
    what: `${object.kind} ${object.name} has ${type} with reason ${reason}`,
    withinMs: 120_000,
  });
}

/** Waits until the OCM object of a control plane gives the cause why something failed. */
export function awaitCause(client: SimClient, plane: OcmName, cause: RegExp): Promise<ServiceObj> {
  const isGiven = (found: ServiceObj): boolean => {
    const ready = conditionOf(found, "Ready");
    return ready?.reason === "ReconcileError" && cause.test(ready.message);
  };
  return awaitPresent<ServiceObj>(client, ocmRef(plane), isGiven, {
    what: `OCM ${plane.name} gives ${cause} as the cause`,
    withinMs: 120_000,
  });
}
