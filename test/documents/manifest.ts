import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { loadAll } from "js-yaml";
import { connect } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { awaitPresent } from "../support/await-object.ts";
import { conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import type { Block } from "./block.ts";
import type { Shell } from "./shell.ts";

/** Kinds whose objects say whether they are in effect. */
const ANSWERED = new Set(["OCM", "ProviderConfig"]);
/** Kinds that live on the onboarding cluster; all others are applied to the platform cluster. */
const OF_TENANTS = new Set(["OCM"]);

type Fragment = { readonly spec: unknown };

/**
 * Gives the objects of a YAML block to their clusters, and waits until the provider says that they are in effect.
 *
 * A part without a kind belongs into the object that the attribute `into` names, for example `into=ProviderConfig/ocm`.
 */
export async function applyManifest(block: Block, shell: Shell): Promise<void> {
  for (const part of loadAll(block.text)) {
    const cluster = block.attributes["cluster"] ?? (isOfTenant(part) ? "ONBOARDING" : "PLATFORM");
    const client = connect({ kubeconfig: await readFile(await shell.valueOf(cluster), "utf8") });
    const written = isObject(part) ? await client.apply(part, { force: true }) : await merge(client, block, part);
    if (ANSWERED.has(written.kind)) {
      await awaitInEffect(client, written);
    }
  }
}

async function merge(client: SimClient, { file, line, attributes }: Block, fragment: unknown): Promise<Obj> {
  const [kind = "", name = ""] = (attributes["into"] ?? "").split("/");
  assert.ok(name !== "", `${file}:${line}: expected a kind, or "into=<kind>/<name>" behind the fence`);
  return client.patchMerge({ ...ofService(kind), name }, { spec: (fragment as Fragment).spec });
}

function ofService(kind: string): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: "ocm.services.open-control-plane.io/v1alpha1", kind };
}

async function awaitInEffect(client: SimClient, { apiVersion, kind, metadata }: Obj): Promise<void> {
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
  return isObject(part) && OF_TENANTS.has(part.kind);
}
