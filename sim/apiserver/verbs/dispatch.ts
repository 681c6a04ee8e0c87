import { methodNotAllowed, noSuchResource, notFound } from "../api/api-error.ts";
import { subjectOf } from "../registry/resource.ts";
import { decodeObject, parseJsonObject } from "../request/decode-object.ts";
import { parseDeleteOptions } from "../request/delete-options.ts";
import { parseSelection } from "../request/selection.ts";
import { parseWriteOptions, type WriteOptions } from "../request/write-options.ts";
import { jsonResponse, jsonTextResponse, streamResponse } from "../response/json-response.ts";
import { negotiate, type Representation, representObject, representPage } from "../response/representation.ts";
import type { Call } from "./call.ts";
import { fromStored } from "./conversion.ts";
import { createObject } from "./create.ts";
import { deletedStatus, deleteObject } from "./delete.ts";
import { listObjects } from "./list.ts";
import { patchObject } from "./patch.ts";
import { liveObject, updateObject } from "./update.ts";
import { type WatchEvent, watchObjects } from "./watch.ts";
import { writeJson } from "../../json.ts";
import type { Obj } from "../../object.ts";
import type { SimResponse } from "../../transport.ts";

/** Carries out an authorized request for a resource. */
export function dispatch(call: Call, verb: string, signal: AbortSignal): SimResponse {
  checkVerb(call, verb);
  switch (verb) {
    case "get":
      return respond(call, 200, get(call));
    case "list":
      return list(call);
    case "watch":
      return watch(call, signal);
    case "create":
      return respond(call, 201, createObject(call, decode(call), writeOptions(call, "CreateOptions")));
    case "update":
      return put(call);
    case "patch":
      return patch(call);
    case "delete":
      return remove(call);
    default:
      return removeAll(call);
  }
}

function checkVerb({ resource, info }: Call, verb: string): void {
  if (info.subresource !== "" && !resource.subresources.includes(info.subresource)) {
    throw noSuchResource();
  }
  const supported = info.subresource === "" ? resource.verbs : ["get", "update", "patch"];
  if (!supported.includes(verb) || (verb === "create" && info.name !== "")) {
    throw methodNotAllowed();
  }
}

function get(call: Call): Obj {
  const object = liveObject(call);
  if (object === undefined) {
    throw notFound(subjectOf(call.resource, call.info.name));
  }
  return object;
}

function list(call: Call): SimResponse {
  const form = negotiate(call.headers["accept"]);
  return jsonResponse(200, representPage(form, call.resource, call.core.clock.now(), listObjects(call)));
}

function watch(call: Call, signal: AbortSignal): SimResponse {
  return streamResponse(represented(call, watchObjects(call, signal)));
}

async function* represented(call: Call, events: AsyncIterable<WatchEvent>): AsyncGenerator<string, void> {
  const form = negotiate(call.headers["accept"]);
  for await (const event of events) {
    yield event.type === "BOOKMARK" || event.type === "ERROR"
      ? writeJson(event)
      : `{"type":"${event.type}","object":${shown(call, form, event.object)}}`;
  }
}

function put(call: Call): SimResponse {
  const wanted = decode(call);
  if (liveObject(call) === undefined && call.resource.strategy.allowsCreateOnUpdate && call.info.subresource === "") {
    return respond(call, 201, createObject(call, wanted, writeOptions(call, "UpdateOptions")));
  }
  const change = { derive: () => wanted, needsResourceVersion: true };
  return respond(call, 200, updateObject(call, change, writeOptions(call, "UpdateOptions")));
}

function patch(call: Call): SimResponse {
  const { object, created } = patchObject(call);
  return respond(call, created ? 201 : 200, object);
}

function remove(call: Call): SimResponse {
  const { core, resource, info } = call;
  const options = { ...parseDeleteOptions(call.query, call.body), name: info.name };
  const { object, gone } = deleteObject(core, resource, liveObject(call), options);
  if (gone && !resource.strategy.returnsDeleted) {
    return jsonResponse(200, deletedStatus(resource, object));
  }
  return respond(call, 200, object);
}

function removeAll(call: Call): SimResponse {
  const { core, resource, info, query } = call;
  const options = parseDeleteOptions(query, call.body);
  const selects = parseSelection(resource, info.namespace, query);
  const objects = core.storage
    .collection(resource.collection)
    .list()
    .map((object) => fromStored(resource, object))
    .filter(selects);
  const items = objects.map(
    (object) => deleteObject(core, resource, object, { ...options, name: object.metadata.name }).object,
  );
  const metadata = { resourceVersion: String(core.storage.revision) };
  return jsonResponse(200, representPage("object", resource, core.clock.now(), { items, metadata }));
}

function respond(call: Call, status: number, object: Obj): SimResponse {
  const form = negotiate(call.headers["accept"]);
  return jsonTextResponse(status, shown(call, form, object), call.warnings);
}

function shown({ resource, core }: Call, form: Representation, object: Obj): string {
  return form === "object" ? jsonOf(object) : writeJson(representObject(form, resource, core.clock.now(), object));
}

function decode({ resource, body }: Call): Obj {
  return decodeObject(resource, parseJsonObject(body));
}

function writeOptions({ query, headers }: Call, kind: string): WriteOptions {
  return parseWriteOptions(query, headers["user-agent"], kind);
}

const texts = new WeakMap<object, string>();

/** The JSON of an object that never changes in place: it is written once, however many read it. */
function jsonOf(object: object): string {
  const json = texts.get(object) ?? writeJson(object);
  texts.set(object, json);
  return json;
}
