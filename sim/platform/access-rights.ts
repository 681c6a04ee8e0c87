import { createHash } from "node:crypto";

import { refOf, type SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import { ensure } from "../stand-in/ensure.ts";
import { remove } from "../stand-in/remove.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";

const ACCESS_NAMESPACE = "cluster-access";
const LABEL = "clusters.openmcp.cloud/access";
const RBAC = "rbac.authorization.k8s.io";
const apiVersion = `${RBAC}/v1`;
const KINDS = ["RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole"];
const HASH_LENGTH = 12;

/** The account on the target cluster that stands for an AccessRequest. */
export function serviceAccountOf({ metadata }: Obj): { readonly namespace: string; readonly name: string } {
  const key = `${metadata.namespace ?? ""}/${metadata.name}`;
  const hash = createHash("sha256").update(key).digest("hex").slice(0, HASH_LENGTH);
  return { namespace: ACCESS_NAMESPACE, name: `access-${hash}` };
}

/** Lets the account of an AccessRequest do exactly what the request asks for. */
export async function grantRights(client: SimClient, request: Obj): Promise<void> {
  const account = serviceAccountOf(request);
  const wanted = rightsOf(request);
  const namespaces = new Set([ACCESS_NAMESPACE, ...wanted.flatMap(({ metadata }) => metadata.namespace ?? [])]);
  for (const name of namespaces) {
    await ensure(client, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  await ensure(client, { apiVersion: "v1", kind: "ServiceAccount", metadata: account });
  for (const object of wanted) {
    await client.apply(object, { fieldManager: "cluster-provider-stand-in", force: true });
  }
  const names = new Set(wanted.map(nameOf));
  await removeRights(client, request, (object) => !names.has(nameOf(object)));
}

/** Takes everything away again, the account and its tokens included. */
export async function withdrawRights(client: SimClient, request: Obj): Promise<void> {
  await removeRights(client, request, () => true);
  await remove(client, { apiVersion: "v1", kind: "ServiceAccount", ...serviceAccountOf(request) });
}

async function removeRights(client: SimClient, request: Obj, isUnwanted: (object: Obj) => boolean): Promise<void> {
  const labelSelector = `${LABEL}=${serviceAccountOf(request).name}`;
  for (const kind of KINDS) {
    const objects = await client.list({ apiVersion, kind }, { labelSelector });
    for (const object of objects.filter(isUnwanted)) {
      await remove(client, refOf(object));
    }
  }
}

function nameOf({ kind, metadata }: Obj): string {
  return `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

type Rights = {
  readonly name: string;
  readonly namespace: string;
  readonly role: { readonly kind: string; readonly name: string };
};

function rightsOf(request: Obj): readonly Obj[] {
  const account = serviceAccountOf(request).name;
  const permissions = listAt(request, "spec", "token", "permissions").flatMap((permission, index) => {
    const namespace = textAt(permission, "namespace");
    const name = textAt(permission, "name") || `${account}-${String(index)}`;
    const kind = namespace === "" ? "ClusterRole" : "Role";
    const role: Obj = {
      apiVersion,
      kind,
      metadata: metadataOf(account, name, namespace),
      rules: valueAt(permission, "rules") ?? [],
    };
    return [role, bindingOf(account, { name, namespace, role: { kind, name } })];
  });
  const bindings = listAt(request, "spec", "token", "roleRefs").map((ref, index) => {
    const role = { kind: textAt(ref, "kind"), name: textAt(ref, "name") };
    return bindingOf(account, { name: `${account}-ref-${String(index)}`, namespace: textAt(ref, "namespace"), role });
  });
  return [...permissions, ...bindings];
}

function bindingOf(account: string, { name, namespace, role }: Rights): Obj {
  return {
    apiVersion,
    kind: namespace === "" ? "ClusterRoleBinding" : "RoleBinding",
    metadata: metadataOf(account, name, namespace),
    roleRef: { apiGroup: RBAC, ...role },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: ACCESS_NAMESPACE }],
  };
}

function metadataOf(account: string, name: string, namespace: string): Obj["metadata"] {
  return { name, labels: { [LABEL]: account }, ...(namespace !== "" && { namespace }) };
}
