import type { SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import type { Ref } from "./ref.ts";

const NOT_FOUND = 404;
const ALREADY_EXISTS = 409;

/** Reads an object; `undefined` when it does not exist. */
export async function find(client: SimClient, ref: Ref): Promise<Obj | undefined> {
  try {
    return await client.get(ref);
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Creates an object unless one of that name exists. */
export async function ensure(client: SimClient, object: Obj): Promise<void> {
  try {
    await client.create(object);
  } catch (error) {
    if (codeOf(error) !== ALREADY_EXISTS) {
      throw error;
    }
  }
}

/** Deletes an object; one that is gone already is fine. */
export async function remove(client: SimClient, ref: Ref): Promise<void> {
  try {
    await client.delete(ref);
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}

/** Whether an API server said that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === NOT_FOUND;
}

/** What an error says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
