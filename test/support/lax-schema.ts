import { waitUntil } from "../../ground/wait-until.ts";
import type { SimClient } from "../../sim/client.ts";
import { ref } from "./kinds.ts";

const SPEC_SCHEMA = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";

/** Makes the API server take any `spec` of a kind, as an older version of its CRD may have done. */
export async function loosenSchema(client: SimClient, crdName: string): Promise<void> {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  await client.patchJson(ref("crd", crdName), [{ op: "replace", path: SPEC_SCHEMA, value: anything }]);
}

/** Writes as soon as the API server takes it: a new schema is in force some moments after it was stored. */
export async function writeWhenTaken(write: () => Promise<unknown>): Promise<void> {
  const attempt = async (): Promise<boolean> => {
    await write();
    return true;
  };
  await waitUntil(attempt, { what: "the API server takes what its schema allows now", withinMs: 30_000 });
}
