import type { ServiceObject } from "../service/status.ts";

/** An object with the spec that is written for it, as its API server counts changes. */
export function changedTo<O extends ServiceObject>(present: O, written: O, isSame: boolean): O {
  const { metadata } = present;
  const annotations = { ...metadata.annotations, ...written.metadata.annotations };
  const generation = (metadata.generation ?? 0) + (isSame ? 0 : 1);
  return { ...present, ...written, ...statusOf(present), metadata: { ...metadata, annotations, generation } };
}

function statusOf({ status }: ServiceObject): Pick<ServiceObject, "status"> {
  return status === undefined ? {} : { status };
}
