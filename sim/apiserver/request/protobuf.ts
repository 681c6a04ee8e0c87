import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { SimRequest } from "../../transport.ts";
import { trusted } from "../../trusted.ts";
import { objectAt, textAt } from "../../value-at.ts";
import { badRequest } from "../api/api-error.ts";

/** Media type in which kubectl sends objects of built-in kinds, as do other typed clients of client-go. */
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

/**
 * The request with JSON in place of Protobuf, for kinds that kubectl creates by commands of their own.
 *
 * Of a body in Protobuf each character is one byte. A body of any other kind stays as it is, and is refused later.
 */
export function withJsonBody(request: SimRequest): SimRequest {
  const { headers, body = "" } = request;
  if (headers["content-type"]?.startsWith(PROTOBUF_TYPE) !== true) {
    return request;
  }
  const object = decodeProtobuf(Buffer.from(body, "latin1"));
  return object === undefined
    ? request
    : { ...request, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(object) };
}

/** Decodes an object in the envelope of Kubernetes; `undefined` for anything else, and for a kind that is not known. */
function decodeProtobuf(bytes: Buffer): JsonObject | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return undefined;
  }
  const envelope = decode("Unknown", bytes.subarray(MAGIC.length));
  const kind = textAt(envelope, "typeMeta", "kind");
  const object = Buffer.from(textAt(envelope, "raw"), "base64");
  return kind in MESSAGES ? { ...objectAt(envelope, "typeMeta"), ...decode(kind, object) } : undefined;
}

const MAGIC = Buffer.from("k8s\0");
const VARINT = 0;
const LENGTH_DELIMITED = 2;

type Scalar = "text" | "bytes" | "bool" | "integer";
type Field = readonly [name: string, type: Scalar | { readonly message: string }, form?: "list" | "map"];

/** Fields by their numbers in the `generated.proto` files of Kubernetes. What is not here is left out. */
const MESSAGES: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  Unknown: { 1: ["typeMeta", { message: "TypeMeta" }], 2: ["raw", "bytes"] },
  TypeMeta: { 1: ["apiVersion", "text"], 2: ["kind", "text"] },
  ObjectMeta: {
    1: ["name", "text"],
    2: ["generateName", "text"],
    3: ["namespace", "text"],
    5: ["uid", "text"],
    6: ["resourceVersion", "text"],
    11: ["labels", "text", "map"],
    12: ["annotations", "text", "map"],
    13: ["ownerReferences", { message: "OwnerReference" }, "list"],
    14: ["finalizers", "text", "list"],
  },
  OwnerReference: {
    1: ["kind", "text"],
    3: ["name", "text"],
    4: ["uid", "text"],
    5: ["apiVersion", "text"],
    6: ["controller", "bool"],
    7: ["blockOwnerDeletion", "bool"],
  },
  Namespace: ofObject({}),
  ServiceAccount: ofObject({}),
  ConfigMap: ofObject({ 2: ["data", "text", "map"], 3: ["binaryData", "bytes", "map"], 4: ["immutable", "bool"] }),
  Secret: ofObject({
    2: ["data", "bytes", "map"],
    3: ["type", "text"],
    4: ["stringData", "text", "map"],
    5: ["immutable", "bool"],
  }),
  Role: ofObject({ 2: ["rules", { message: "PolicyRule" }, "list"] }),
  ClusterRole: ofObject({ 2: ["rules", { message: "PolicyRule" }, "list"] }),
  PolicyRule: {
    1: ["verbs", "text", "list"],
    2: ["apiGroups", "text", "list"],
    3: ["resources", "text", "list"],
    4: ["resourceNames", "text", "list"],
    5: ["nonResourceURLs", "text", "list"],
  },
  RoleBinding: ofObject({ 2: ["subjects", { message: "Subject" }, "list"], 3: ["roleRef", { message: "RoleRef" }] }),
  ClusterRoleBinding: ofObject({
    2: ["subjects", { message: "Subject" }, "list"],
    3: ["roleRef", { message: "RoleRef" }],
  }),
  Subject: { 1: ["kind", "text"], 2: ["apiGroup", "text"], 3: ["name", "text"], 4: ["namespace", "text"] },
  RoleRef: { 1: ["apiGroup", "text"], 2: ["kind", "text"], 3: ["name", "text"] },
  TokenRequest: ofObject({ 2: ["spec", { message: "TokenRequestSpec" }] }),
  TokenRequestSpec: { 1: ["audiences", "text", "list"], 4: ["expirationSeconds", "integer"] },
  SelfSubjectReview: ofObject({}),
  SelfSubjectAccessReview: ofObject({ 2: ["spec", { message: "SelfSubjectAccessReviewSpec" }] }),
  SelfSubjectAccessReviewSpec: {
    1: ["resourceAttributes", { message: "ResourceAttributes" }],
    2: ["nonResourceAttributes", { message: "NonResourceAttributes" }],
  },
  ResourceAttributes: {
    1: ["namespace", "text"],
    2: ["verb", "text"],
    3: ["group", "text"],
    4: ["version", "text"],
    5: ["resource", "text"],
    6: ["subresource", "text"],
    7: ["name", "text"],
  },
  NonResourceAttributes: { 1: ["path", "text"], 2: ["verb", "text"] },
};

function ofObject(fields: Readonly<Record<number, Field>>): Readonly<Record<number, Field>> {
  return { 1: ["metadata", { message: "ObjectMeta" }], ...fields };
}

function decode(message: string, bytes: Buffer): JsonObject {
  const decoded: Record<string, Json> = {};
  for (const [number, value] of fieldsOf(bytes)) {
    const field = MESSAGES[message]?.[number];
    // Go writes the texts that an object does not have as empty ones.
    if (field !== undefined && (field[2] !== undefined || value !== "")) {
      decoded[field[0]] = withValue(decoded[field[0]], field, value);
    }
  }
  return decoded;
}

function withValue(before: Json | undefined, [, type, form]: Field, value: Value): Json {
  if (form === "list") {
    return [...trusted<readonly Json[]>(before ?? []), valueOf(value, type)];
  }
  if (form === "map") {
    const entry = new Map(fieldsOf(bytesOf(value)));
    const key = bytesOf(entry.get(1) ?? "").toString("utf8");
    return { ...(isJsonObject(before) ? before : {}), [key]: valueOf(entry.get(2) ?? "", type) };
  }
  return valueOf(value, type);
}

function valueOf(value: Value, type: Field[1]): Json {
  if (typeof value === "number") {
    return type === "bool" ? value === 1 : value;
  }
  if (typeof type === "object") {
    return decode(type.message, bytesOf(value));
  }
  return bytesOf(value).toString(type === "bytes" ? "base64" : "utf8");
}

/** A number, or bytes as a text with one character for each. */
type Value = number | string;

function bytesOf(value: Value): Buffer {
  return Buffer.from(String(value), "latin1");
}

function* fieldsOf(bytes: Buffer): Generator<readonly [number: number, value: Value], void> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === VARINT) {
      yield [number, varint()];
    } else if (wireType === LENGTH_DELIMITED) {
      const length = varint();
      yield [number, bytes.toString("latin1", at, at + length)];
      at += length;
    } else {
      throw badRequest(`expected numbers, texts and messages in Protobuf, found wire type ${String(wireType)}`);
    }
  }
}
