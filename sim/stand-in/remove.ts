import type { SimClient } from "../client.ts";
import type { ObjRef } from "../resource-paths.ts";
import { isNotFound } from "../client-error.ts";

/** Deletes an object; one that is gone already is fine. */
export async function remove(client: SimClient, ref: ObjRef): Promise<void> {
  try {
    await client.delete(ref);
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}
