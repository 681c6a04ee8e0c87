import type { KubeClient } from "../../kube/client.ts";
import { namespaces, secrets, type Secret } from "../../kube/core.ts";
import { AlreadyExistsError, NotFoundError } from "../../kube/errors.ts";
import { applyObject } from "../../openmcp/platform/apply-object.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { MANAGED_BY_LABEL } from "../../openmcp/platform/tenant-access.ts";
import { keyOf } from "../../runtime/key.ts";
import { Store } from "../../runtime/store.ts";
import { deleteIfThere } from "../../openmcp/platform/delete-object.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { onlyOurs } from "../observed.ts";
import { RELEASE_NAMESPACE, type TenantObjects } from "../tenant-objects.ts";

/** The cluster on which the toolkit runs, and whose Secrets are meant. */
export type Target = { readonly client: KubeClient; readonly objects: TenantObjects; readonly pass: Pass };

/**
 * Writes Secrets beside the toolkit's pods, its namespace first where that is missing, and returns those of ours that
 * are there and not wanted.
 *
 * Throws ForeignObjectError for a name that somebody else has taken.
 */
export async function writeToolkitSecrets(wanted: readonly Secret[], target: Target): Promise<readonly Secret[]> {
  const found = await listOurs(target);
  const store = new Store<Secret>();
  for (const secret of found) {
    store.set(secret);
  }
  for (const secret of wanted) {
    await writeOne(secret, store, target);
  }
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return found.filter(({ metadata }) => !names.has(metadata.name));
}

/** Removes Secrets of ours beside the toolkit's pods; without a list all of them. */
export async function removeToolkitSecrets(target: Target, obsolete?: readonly Secret[]): Promise<void> {
  for (const secret of obsolete ?? (await listOurs(target))) {
    await deleteIfThere(target.client, secrets, secret, target.pass.signal);
  }
}

async function writeOne(secret: Secret, store: Store<Secret>, target: Target): Promise<void> {
  const { client, pass } = target;
  const { force, signal } = pass;
  const live = store.get(keyOf(secret));
  // The type of a Secret cannot be changed.
  if (live !== undefined && live.type !== secret.type) {
    await deleteIfThere(client, secrets, live, signal);
    store.remove(live);
  }
  const apply = (): Promise<void> =>
    applyObject(secret, { client, resource: secrets, store, fieldManager: FIELD_MANAGER, force, signal });
  try {
    await apply();
  } catch (error) {
    if (!(error instanceof NotFoundError)) {
      throw error;
    }
    await createNamespace(target);
    await apply();
  }
}

async function createNamespace({ client, pass }: Target): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: RELEASE_NAMESPACE } };
  try {
    await client.create(namespaces, namespace, pass.signal);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) {
      throw error;
    }
  }
}

async function listOurs({ client, objects, pass }: Target): Promise<readonly Secret[]> {
  const { items } = await client.list<Secret>(secrets, {
    namespace: RELEASE_NAMESPACE,
    labelSelector: `${MANAGED_BY_LABEL}=${objects.labels[MANAGED_BY_LABEL] ?? ""}`,
    signal: pass.signal,
  });
  return items.filter((secret) => onlyOurs(secret, objects) !== undefined);
}
