import { badRequest } from "../api/api-error.ts";

/** Reads a resource version of a query; `undefined` when there is none. */
export function parseResourceVersion(text: string | null): number | undefined {
  if (text === null || text === "") {
    return undefined;
  }
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  }
  return Number(text);
}
