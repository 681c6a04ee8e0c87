import type { Secret } from "../../kube/core.ts";
import { isRecord } from "../../kube/json.ts";
import type { OperatorObjects } from "./definition.ts";
import type { Look } from "../../runtime/named-informers.ts";

/** A setting that names one of the operator's objects. */
export type Reference = {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** The field of the ProviderConfig. */
  readonly field: string;
  readonly use: Use;
};

/**
 * The use of an object, and the part of its data that the use needs.
 *
 * Tenants read the copies, and a Secret often holds more than its use needs, such as a private key.
 */
export type Use = {
  /** The type of the copy; the object has to be of the same type unless this is Opaque. */
  readonly type: string;
  /** Reduces data in base64; undefined if the data does not serve the use. */
  readonly reduce: (data: Data) => Data | undefined;
  /** The finding in data that does not serve the use. */
  readonly found: string;
  readonly expected: string;
};

/** The reason why a reference cannot be used. */
export type Fault = {
  readonly reason: "ReferenceNotFound" | "ReferenceInvalid" | "ReferenceUnreadable";
  readonly message: string;
};

type Data = Readonly<Record<string, string>>;

/** Returns type and data for the copy of an object, or says why there is no such copy. Quotes no content. */
export function contentOf(reference: Reference, operator: OperatorObjects): Pick<Secret, "type" | "data"> | Fault {
  const { kind, name, field, use } = reference;
  const look = lookUp(reference, operator);
  if (look.state === "unknown") {
    const message = `the ProviderConfig names ${kind} "${name}", which cannot be read at the moment; the platform operator sees why`;
    return { reason: "ReferenceUnreadable", message };
  }
  if (look.state === "absent") {
    const message = `${field} of the ProviderConfig names ${kind} "${name}", which does not exist in namespace "${operator.namespace}"`;
    return { reason: "ReferenceNotFound", message };
  }
  const hasType = use.type === "Opaque" || look.object.type === use.type;
  const data = hasType ? use.reduce(look.object.data) : undefined;
  if (data === undefined) {
    const flaw = hasType
      ? `${use.found}, expected ${use.expected}`
      : `type "${look.object.type ?? ""}", expected ${use.type}`;
    const message = `${kind} "${name}", which ${field} of the ProviderConfig names, has ${flaw}`;
    return { reason: "ReferenceInvalid", message };
  }
  return { type: use.type, data };
}

/** Whether the object of a reference is known to exist. */
export function isPresent(reference: Reference, operator: OperatorObjects): boolean {
  return lookUp(reference, operator).state === "present";
}

function lookUp(
  { kind, name }: Reference,
  operator: OperatorObjects,
): Look<{ readonly type?: string | undefined; readonly data: Data }> {
  const look = kind === "Secret" ? operator.secret(name) : operator.configMap(name);
  if (look.state !== "present") {
    return look;
  }
  const { data = {}, ...object } = look.object;
  const encoded = kind === "Secret" ? data : mapValues(data, (text) => Buffer.from(text).toString("base64"));
  return { state: "present", object: { ...object, data: encoded } };
}

/** The type of a Secret with credentials for registries. */
export const DOCKER_CONFIG_TYPE = "kubernetes.io/dockerconfigjson";
/** The key of such credentials. */
export const DOCKER_CONFIG_KEY = ".dockerconfigjson";
const LOGIN_FIELDS = new Set(["auth", "username", "password", "email", "identitytoken", "registrytoken"]);

/** The logins of a Docker configuration, which can also hold proxies with passwords, and headers. */
export const registryLogins: Use = {
  type: DOCKER_CONFIG_TYPE,
  reduce: (data) => only(DOCKER_CONFIG_KEY, recode(valueOf(data, DOCKER_CONFIG_KEY), onlyLogins)),
  found: `no Docker configuration under key ${DOCKER_CONFIG_KEY}`,
  expected: 'JSON with "auths"',
};

function onlyLogins(text: string): string | undefined {
  const config = parseJson(text);
  if (!isRecord(config) || !isRecord(config["auths"] ?? {})) {
    return undefined;
  }
  const auths = config["auths"];
  return JSON.stringify(isRecord(auths) ? { auths: mapValues(auths, loginIn) } : {});
}

function loginIn(entry: unknown): Readonly<Record<string, unknown>> {
  const fields = Object.entries(isRecord(entry) ? entry : {});
  return Object.fromEntries(fields.filter(([name, value]) => LOGIN_FIELDS.has(name) && typeof value === "string"));
}

/** The key of certificates in a copy. */
export const CA_KEY = "ca.crt";

/** The certificates under a key; a file with certificates often holds the private key as well. */
export function certificates(key: string): Use {
  return {
    type: "Opaque",
    reduce: (data) => only(CA_KEY, pemBlocks(valueOf(data, key), ["CERTIFICATE"])),
    found: `no certificate under key ${key}`,
    expected: "one or more certificates in PEM",
  };
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s[A-Za-z0-9+/=\s]+-----END \1-----/g;

/**
 * Reduces a value to its PEM blocks with these labels; undefined when it has none. Other blocks, and the comments between
 * blocks, go; a text that is nothing else keeps its bytes.
 */
export function pemBlocks(value: string | undefined, labels: readonly string[]): string | undefined {
  const reduce = (text: string): string | undefined => {
    const found = [...text.matchAll(PEM_BLOCK)].filter(([, label = ""]) => labels.includes(label));
    const blocks = found.map(([block]) => block);
    const isComplete = text.replaceAll(/\s/g, "") === blocks.join("").replaceAll(/\s/g, "");
    return blocks.length === 0 ? undefined : isComplete ? text : blocks.map((block) => `${block}\n`).join("");
  };
  return recode(value, reduce, "latin1");
}

/** Reduces the text of a value, both in base64. */
export function recode(
  value: string | undefined,
  reduce: (text: string) => string | undefined,
  encoding: "utf8" | "latin1" = "utf8",
): string | undefined {
  const reduced = value === undefined ? undefined : reduce(Buffer.from(value, "base64").toString(encoding));
  return reduced === undefined ? undefined : Buffer.from(reduced, encoding).toString("base64");
}

/** The value of a key, in base64. */
export function valueOf(data: Data, key: string): string | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

/** Data with one key, unless there is no value for it. */
export function only(key: string, value: string | undefined): Data | undefined {
  return value === undefined ? undefined : { [key]: value };
}

/** Reduces the values of the keys that match; those that reduce to nothing are left out. */
export function pick(data: Data, keys: RegExp, reduce: (value: string) => string | undefined): Data {
  const picked = Object.entries(data).flatMap(([key, value]) => {
    const reduced = keys.test(key) ? reduce(value) : undefined;
    return reduced === undefined ? [] : [[key, reduced] as const];
  });
  return Object.fromEntries(picked);
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** Parses JSON; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
