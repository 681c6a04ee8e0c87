import type { SimClient } from "../client.ts";
import { ClientError } from "../client-error.ts";
import type { Obj } from "../object.ts";

/** Creates an object unless one of that name exists. */
export async function ensure(client: SimClient, object: Obj): Promise<void> {
  try {
    await client.create(object);
  } catch (error) {
    if (!(error instanceof ClientError) || error.reason !== "AlreadyExists") {
      throw error;
    }
  }
}
