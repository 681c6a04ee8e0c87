import { randomInt } from "node:crypto";

const BYTE = 256;
const FIRST = 64;

/**
 * An address for one pod: pods on one host share its ports, so each of them has an address of its own on loopback.
 *
 * Linux answers on all of 127.0.0.0/8 without any setting. There are millions of them, taken at random, so that
 * grounds do not have to know of each other.
 */
export function randomPodIP(): string {
  return [127, randomInt(FIRST, BYTE - 1), randomInt(BYTE), randomInt(1, BYTE - 1)].join(".");
}

/** Completes addresses without a host (`--flag=:8081`), which mean the pod's own address in a network of its own. */
export function bindToPod(args: readonly string[], podIP: string): readonly string[] {
  return args.map((arg) => arg.replace(/^(--[a-z-]+=)(:\d+)$/u, `$1${podIP}$2`));
}
