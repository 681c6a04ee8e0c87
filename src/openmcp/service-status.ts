import { isDeepStrictEqual } from "node:util";
import type { Condition, KubeObject } from "../kube/object.ts";
import { mergeConditions } from "../runtime/conditions.ts";
import type { Conclusion } from "./conclude.ts";
import { phaseOf, type Phase } from "./status.ts";

/** What the platform expects in the status of every service object (openMCP `commonapi.Status`). */
export type ServiceStatus = {
  readonly observedGeneration: number;
  readonly phase: Phase;
  readonly conditions?: readonly Condition[];
};

/** An end user's or operator's object that a provider reconciles. */
export type ServiceObject = KubeObject & { readonly status?: ServiceStatus };

/**
 * Computes the patch that takes an object's status to what a pass concluded, or `undefined` when it says so already.
 *
 * The patch holds for the very version of the object that was looked at: with any other the API server refuses it.
 */
export function statusPatch(
  object: ServiceObject,
  conclusion: Pick<Conclusion, "conditions">,
  { details, now }: { readonly details: Readonly<Record<string, unknown>>; readonly now: Date },
): object | undefined {
  const generation = object.metadata.generation ?? 0;
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const previous: Readonly<Record<string, unknown>> = { ...object.status };
  const next: Readonly<Record<string, unknown>> = {
    ...details,
    observedGeneration: generation,
    phase: phaseOf({ deleting, conditions: conclusion.conditions }),
    conditions: mergeConditions(object.status?.conditions ?? [], conclusion.conditions, { generation, now }),
  };
  const fields = new Set([...Object.keys(previous), ...Object.keys(next)]);
  const changed = [...fields].filter((field) => !isDeepStrictEqual(previous[field], next[field]));
  if (changed.length === 0) {
    return undefined;
  }
  // A field that a first patch leaves out would be missed by the schema, so required ones always come along.
  const required = ["observedGeneration", "phase"];
  const status = Object.fromEntries([...required, ...changed].map((field) => [field, next[field] ?? null]));
  return { metadata: { resourceVersion: object.metadata.resourceVersion }, status };
}
