import type { ServedResource } from "../served-resource.ts";

/** The OpenAPI document at `path`, or `undefined` when there is none. */
export function openapiDocument(path: string, _resources: readonly ServedResource[]): object | undefined {
  return path === "/openapi/v3" ? { paths: {} } : undefined;
}
