import { hash } from "node:crypto";

import { remember } from "../../runtime/remember.ts";

/** Longest label value and longest name of most objects, in bytes. */
export const MAX_LABEL_LENGTH = 63;

const BASE32_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const SEPARATOR = "--";
const HASH_LENGTH = 8;
/** A character of base32 stands for five bits. */
const HASH_BYTES = (HASH_LENGTH * 5) / 8;
const SHORTEST_LIMIT = SEPARATOR.length + HASH_LENGTH + 1;
/** One pass over a tenant derives the same few names many times, and each costs a hash. */
const REMEMBERED_NAMES = 1000;
const remembered = new Map<string, string>();

/** Derives a UUID from `names`; the same names give the same UUID in every program of the platform. */
export function nameUUID(...names: readonly string[]): string {
  if (names.every((name) => name === "")) {
    throw new Error("cannot derive a UUID from empty names");
  }
  return derive("uuid", names, (text) => {
    const bytes = shake(text, 16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = bytes.toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  });
}

/** Derives eight characters, valid anywhere in a Kubernetes name, from `names`. */
export function hash8(...names: readonly string[]): string {
  return derive("hash8", names, (text) => {
    // 40 bits, which a double holds.
    let left = shake(text, HASH_BYTES).readUIntBE(0, HASH_BYTES);
    let characters = "";
    for (let index = 0; index < HASH_LENGTH; index += 1) {
      characters = BASE32_ALPHABET.charAt(left % BASE32_ALPHABET.length) + characters;
      left = Math.floor(left / BASE32_ALPHABET.length);
    }
    return characters;
  });
}

/**
 * Returns `text` when it fits into `maxBytes`, else its beginning and a hash of all of it.
 *
 * Counts bytes, as the platform does: `text` is expected to be ASCII, as all Kubernetes names are.
 */
export function shorten(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) {
    return text;
  }
  if (maxBytes < SHORTEST_LIMIT) {
    throw new Error(`cannot shorten a name to ${maxBytes} bytes, at least ${SHORTEST_LIMIT} are needed`);
  }
  const kept = Buffer.from(text, "utf8")
    .subarray(0, maxBytes - SEPARATOR.length - HASH_LENGTH)
    .toString("utf8");
  return `${kept.replace(/[-.]+$/u, "")}${SEPARATOR}${hash8(text)}`;
}

/** Name of the namespace on the platform cluster that belongs to one control plane. */
export function tenantNamespace(name: string, namespace: string): string {
  return `mcp--${nameUUID(namespace, name)}`;
}

/**
 * Name of a ClusterRequest or AccessRequest that `controller` makes for `name`.
 *
 * `suffix` tells several requests for the same name apart and survives shortening.
 */
export function requestName(controller: string, name: string, suffix = ""): string {
  const stem = `${controller}${SEPARATOR}${name}`.toLowerCase();
  if (suffix === "") {
    return shorten(stem, MAX_LABEL_LENGTH);
  }
  const ending = `${SEPARATOR}${suffix.toLowerCase()}`;
  return `${shorten(stem, MAX_LABEL_LENGTH - ending.length)}${ending}`;
}

function derive(form: string, names: readonly string[], act: (text: string) => string): string {
  const text = names.join("/");
  return remember(remembered, `${form} ${text}`, { limit: REMEMBERED_NAMES, make: () => act(text) });
}

function shake(text: string, outputLength: number): Buffer {
  return hash("shake128", text, { outputEncoding: "buffer", outputLength });
}
