import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { loadAll } from "js-yaml";
import { waitUntil } from "../../ground/wait-until.ts";
import { connect } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { awaitPresent } from "../support/await-object.ts";
import { CURRENT_GROUP } from "../support/kinds.ts";
import { applyStrictly } from "../support/manifests.ts";
import { conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import type { Block } from "./block.ts";
import type { Shell } from "./shell.ts";

/** Kinds whose objects say whether they are in effect. */
const ANSWERED = new Set(["OCM", "ProviderConfig"]);

type Fragment = { readonly spec: unknown };

/**
 * Gives the objects of a YAML block to their clusters, and waits until the provider says that they are in effect.
 *
 * A part without a kind belongs into the object that the attribute `into` names, for example `into=ProviderConfig/ocm`.
 */
export async function applyManifest(block: Block, shell: Shell): Promise<void> {
  for (const part of loadAll(block.text)) {
    const cluster = isOfTenant(part) ? "ONBOARDING" : "PLATFORM";
    const client = connect({ kubeconfig: await readFile(await shell.valueOf(cluster), "utf8") });
    if (isObject(part)) {
      await applyInEffect(client, part);
    } else {
      await mergeInEffect(client, block, part);
    }
  }
}

/** Applies an object, and waits until the provider says that it is in effect where it is one of the provider's. */
export async function applyInEffect(client: SimClient, object: Obj): Promise<void> {
  await waitUntil(() => client.serves(object), { what: `${object.kind} is served`, withinMs: 60_000 });
  await awaitInEffect(client, await applyStrictly(client, object));
}

async function mergeInEffect(client: SimClient, { file, line, attributes }: Block, fragment: unknown): Promise<void> {
  const [kind = "", name = ""] = (attributes["into"] ?? "").split("/");
  assert.ok(name !== "", `${file}:${line}: expected a kind, or "into=<kind>/<name>" behind the fence`);
  const ref = { apiVersion: `${CURRENT_GROUP}/v1alpha1`, kind, name };
  await awaitInEffect(client, await client.patchMerge(ref, { spec: (fragment as Fragment).spec }));
}

async function awaitInEffect(client: SimClient, { apiVersion, kind, metadata }: Obj): Promise<void> {
  if (!ANSWERED.has(kind)) {
    return;
  }
  const { name, namespace } = metadata;
  const isInEffect = (object: ServiceObj): boolean =>
    isReady(object) || (kind === "ProviderConfig" && conditionOf(object, "Accepted")?.reason === "VersionsUnknown");
  await awaitPresent<ServiceObj>(
    client,
    { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) },
    isInEffect,
    { what: `${kind} ${name} is in effect`, withinMs: 180_000 },
  );
}

function isObject(part: unknown): part is Obj {
  return typeof part === "object" && part !== null && "kind" in part && "metadata" in part;
}

function isOfTenant(part: unknown): boolean {
  return isObject(part) && part.kind === "OCM";
}
