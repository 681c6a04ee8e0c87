import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { ApiError } from "../api/api-error.ts";
import { toTable } from "../kubectl/table.ts";
import type { Resource } from "../registry/resource.ts";
import { apiVersionOf } from "../api/served-resource.ts";

/** How a client wants its objects. */
export type Representation = "object" | "table" | "metadata";

/** One page of a list. */
export type Page = { readonly items: readonly Obj[]; readonly metadata: JsonObject };

/** Picks the first form of the `Accept` header that the server can produce. */
export function negotiate(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === "") {
    return "object";
  }
  const found = accept
    .split(",")
    .map(representationOf)
    .find((form) => form !== undefined);
  if (found === undefined) {
    const message = "only the following media types are accepted: application/json";
    throw new ApiError({ code: 406, reason: "NotAcceptable", message });
  }
  return found;
}

/** One object in the wanted form. */
export function representObject(form: Representation, resource: Resource, now: number, object: Obj): unknown {
  switch (form) {
    case "object":
      return object;
    case "metadata":
      return partial(object);
    case "table":
      return tableOf(resource, now, [object], { resourceVersion: object.metadata.resourceVersion ?? "" });
  }
}

/** A page of a list in the wanted form. */
export function representPage(
  form: Representation,
  resource: Resource,
  now: number,
  { items, metadata }: Page,
): unknown {
  switch (form) {
    case "object": {
      const shown = resource.strategy.omitsItemKind ? items.map(withoutKind) : items;
      // Lists of custom resources say that there is nothing to continue; typed ones leave it out.
      const always = resource.strategy.omitsItemKind ? {} : { continue: "" };
      const listMetadata = { ...always, ...metadata };
      return { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata: listMetadata, items: shown };
    }
    case "metadata":
      return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items: items.map(partial) };
    case "table":
      return tableOf(resource, now, items, metadata);
  }
}

function tableOf(resource: Resource, now: number, objects: readonly Obj[], metadata: unknown): unknown {
  return { ...toTable({ objects, resource, now }), metadata };
}

function partial({ metadata }: Obj): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

function withoutKind({ apiVersion: _apiVersion, kind: _kind, ...rest }: Obj): unknown {
  return rest;
}

function representationOf(mediaRange: string): Representation | undefined {
  const [type = "", ...rest] = mediaRange.split(";").map((part) => part.trim());
  if (type !== "application/json" && type !== "*/*" && type !== "application/*") {
    return undefined;
  }
  const parameters = new Map(rest.map((part) => [part.split("=")[0] ?? "", part.split("=")[1] ?? ""]));
  switch (parameters.get("as")) {
    case undefined:
      return "object";
    case "Table":
      return parameters.get("v") === "v1" ? "table" : undefined;
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return "metadata";
    default:
      return undefined;
  }
}
