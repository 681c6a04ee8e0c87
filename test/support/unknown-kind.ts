import { waitUntil } from "../../ground/wait-until.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { ref } from "./kinds.ts";

const GROUP = "delivery.ocm.software";

/** A kind of the toolkit's API group that no chart has. */
export type UnknownKind = {
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Cluster" | "Namespaced";
  /** The only version that is served. */
  readonly version: string;
};

/** Creates the kind, and waits until the server discovers it. */
export async function createKind(client: SimClient, unknown: UnknownKind): Promise<void> {
  const { kind, version } = unknown;
  await client.create(definitionOf(unknown));
  const isServed = (): Promise<boolean> => client.serves({ apiVersion: `${GROUP}/${version}`, kind });
  await waitUntil(isServed, { what: `${kind} is served`, withinMs: 30_000 });
}

/** The CustomResourceDefinition of the kind. */
export function definitionOf(unknown: UnknownKind): Obj {
  const { kind, plural, scope, version } = unknown;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const { name, ...type } = definitionRef(unknown);
  return {
    ...type,
    metadata: { name },
    spec: {
      group: GROUP,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

/** Names the CustomResourceDefinition of the kind. */
export function definitionRef({ plural }: UnknownKind): ObjRef {
  return ref("crd", `${plural}.${GROUP}`);
}

/** An object of the kind. */
export function objectOf({ kind, version }: UnknownKind, metadata: Obj["metadata"]): Obj {
  return { apiVersion: `${GROUP}/${version}`, kind, metadata };
}
