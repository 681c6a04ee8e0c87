import type { Obj } from "../../object.ts";
import type { Resource } from "../registry/resource.ts";
import { apiVersionOf } from "../api/served-resource.ts";

/** A stored object as the given version of its resource shows it. */
export function fromStored(resource: Resource, object: Obj): Obj {
  const convert = resource.strategy.fromStored;
  if (convert !== undefined) {
    return convert(object);
  }
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** The form in which an object of the given version is stored. */
export function toStored(resource: Resource, object: Obj): Obj {
  const convert = resource.strategy.toStored;
  return convert === undefined ? object : convert(object);
}
