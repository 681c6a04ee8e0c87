import { refOf, type SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { errorText } from "../stand-in/error-text.ts";
import { applyObjects, deleteObjects } from "./chart-objects.ts";
import type { FluxTimings } from "./timings.ts";

/** Where and at which pace Helm's actions run. */
export type HelmTarget = { readonly client: SimClient; readonly clock: SimClock; readonly timings: FluxTimings };

/** Brings the objects of a release up in place of those before, and says why that failed, if it did. */
export async function bringUp(
  { client, clock }: HelmTarget,
  { wanted, before }: { readonly wanted: readonly Obj[]; readonly before: readonly Obj[] },
  { durationMs, timeoutMs }: { readonly durationMs: number; readonly timeoutMs: number },
): Promise<string | undefined> {
  try {
    await applyObjects(client, wanted);
    const names = new Set(wanted.map((object) => JSON.stringify(refOf(object))));
    await deleteObjects(
      client,
      before.filter((object) => !names.has(JSON.stringify(refOf(object)))),
    );
  } catch (error) {
    return errorText(error);
  }
  const stuck = wanted.filter(isNeverScheduled).map(({ kind, metadata }) => {
    return `${kind}/${metadata.namespace ?? ""}/${metadata.name} status: 'InProgress'`;
  });
  await clock.sleep(stuck.length > 0 ? timeoutMs : Math.min(durationMs, timeoutMs));
  return stuck.length > 0 ? `timeout waiting for: [${stuck.join(", ")}]` : undefined;
}

function isNeverScheduled(object: Obj): boolean {
  const template = (object["spec"] as JsonObject | undefined)?.["template"] as JsonObject | undefined;
  const selector = (template?.["spec"] as JsonObject | undefined)?.["nodeSelector"] as JsonObject | undefined;
  return Object.keys(selector ?? {}).length > 0;
}
