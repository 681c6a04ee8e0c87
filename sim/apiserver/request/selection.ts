import type { Obj } from "../../object.ts";
import type { Resource } from "../registry/resource.ts";
import { parseFieldSelector } from "./field-selector.ts";
import { parseLabelSelector } from "./label-selector.ts";

/** Whether an object belongs to what a list or watch asks for. */
export type Selection = (object: Obj) => boolean;

/** Reads namespace and selectors of a list or watch. The objects have to be in the form of `resource`'s version. */
export function parseSelection(resource: Resource, namespace: string, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", resource);
  return (object) =>
    (namespace === "" || object.metadata.namespace === namespace) &&
    labels(object.metadata.labels ?? {}) &&
    fields(object);
}
