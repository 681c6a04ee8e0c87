import { globSync, readFileSync } from "node:fs";

import { loadAll } from "js-yaml";

import { refOf, type SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { trusted } from "../../sim/trusted.ts";

/** Names of the files in deploy/. */
export const manifests: readonly string[] = globSync("*.yaml", { cwd: "deploy" }).toSorted();

/** Reads the objects of a file in deploy/. */
export function readManifest(name: string): readonly Obj[] {
  return trusted<readonly Obj[]>(loadAll(readFileSync(`deploy/${name}`, "utf8")));
}

/** Applies an object as kubectl does server-side: a field that its kind does not have is an error. */
export async function applyStrictly(client: SimClient, object: Obj): Promise<Obj> {
  const path = await client.paths.pathOf(refOf(object));
  const sent = { method: "PATCH", body: object, contentType: "application/apply-patch+yaml" } as const;
  return client.json<Obj>(sent, `${path}?fieldManager=kubectl&force=true&fieldValidation=Strict`);
}

/** Applies objects like that, one after the other. */
export async function applyAll(client: SimClient, objects: readonly Obj[]): Promise<void> {
  for (const object of objects) {
    await applyStrictly(client, object);
  }
}
