import type { Secret } from "../kube/core.ts";
import { isRecord } from "../kube/json.ts";
import type { OperatorObjects } from "../openmcp/service/definition.ts";
import type { Look } from "../runtime/named-informers.ts";

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

const DOCKER_CONFIG_TYPE = "kubernetes.io/dockerconfigjson";
const DOCKER_CONFIG_KEY = ".dockerconfigjson";
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

/** The key under which Flux, and the toolkit's pods, find the certificates. */
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

const TRUST_POLICY = "trustpolicy.json";

/** The keys with which Flux verifies the signature of a chart. */
export const verificationKeys: Readonly<Record<"cosign" | "notation", Use>> = {
  cosign: {
    type: "Opaque",
    reduce: (data) => {
      const keys = pick(data, /\.pub$/, (value) => pemBlocks(value, ["PUBLIC KEY", "RSA PUBLIC KEY"]));
      return Object.keys(keys).length === 0 ? undefined : keys;
    },
    found: "no public key",
    expected: "a key that ends in .pub, with a public key in PEM",
  },
  notation: {
    type: "Opaque",
    reduce: (data) => {
      const policy = only(TRUST_POLICY, recode(valueOf(data, TRUST_POLICY), onlyPolicies));
      return policy && { ...policy, ...pick(data, /\.(?:crt|pem)$/, (value) => pemBlocks(value, ["CERTIFICATE"])) };
    },
    found: "no trust policy",
    expected: `a key ${TRUST_POLICY}, with trustPolicies in JSON`,
  },
};

function onlyPolicies(text: string): string | undefined {
  const parsed = parseJson(text);
  return isRecord(parsed) && Array.isArray(parsed["trustPolicies"])
    ? JSON.stringify({ version: parsed["version"], trustPolicies: parsed["trustPolicies"] })
    : undefined;
}

// A URL as Go reads it: a login has only characters that need no escape, `@` among them.
const PROXY_URL =
  /^(?:https?|socks5h?):\/\/(?:(?:[\w\-.~!$&'()*+,;=:@]|%[\da-f]{2})*@)?(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?\/?$/i;

/** The address of a proxy and the login there. */
export const proxyAddress: Use = {
  type: "Opaque",
  reduce: (data) => {
    const address = only("address", recode(valueOf(data, "address"), onlyURL));
    return address && { ...address, ...pick(data, /^(?:username|password)$/, (value) => value) };
  },
  found: "no valid address",
  expected:
    "a key address, with a URL such as http://proxy.example:3128; user and password belong under keys of their own",
};

// Flux quotes in full an address that Go cannot parse.
function onlyURL(text: string): string | undefined {
  const address = text.trim();
  return PROXY_URL.test(address) ? address : undefined;
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s[A-Za-z0-9+/=\s]+-----END \1-----/g;

// Drops other blocks and the comments between blocks. A text that is nothing else keeps its bytes.
function pemBlocks(value: string | undefined, labels: readonly string[]): string | undefined {
  const reduce = (text: string): string | undefined => {
    const found = [...text.matchAll(PEM_BLOCK)].filter(([, label = ""]) => labels.includes(label));
    const blocks = found.map(([block]) => block);
    const isComplete = text.replaceAll(/\s/g, "") === blocks.join("").replaceAll(/\s/g, "");
    return blocks.length === 0 ? undefined : isComplete ? text : blocks.map((block) => `${block}\n`).join("");
  };
  return recode(value, reduce, "latin1");
}

function recode(
  value: string | undefined,
  reduce: (text: string) => string | undefined,
  encoding: "utf8" | "latin1" = "utf8",
): string | undefined {
  const reduced = value === undefined ? undefined : reduce(Buffer.from(value, "base64").toString(encoding));
  return reduced === undefined ? undefined : Buffer.from(reduced, encoding).toString("base64");
}

function valueOf(data: Data, key: string): string | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function only(key: string, value: string | undefined): Data | undefined {
  return value === undefined ? undefined : { [key]: value };
}

function pick(data: Data, keys: RegExp, reduce: (value: string) => string | undefined): Data {
  const picked = Object.entries(data).flatMap(([key, value]) => {
    const reduced = keys.test(key) ? reduce(value) : undefined;
    return reduced === undefined ? [] : [[key, reduced] as const];
  });
  return Object.fromEntries(picked);
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
