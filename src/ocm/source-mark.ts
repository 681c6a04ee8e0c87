import { ociRepositories, type OCIRepository } from "../flux/oci-repository.ts";
import type { ObjectRef } from "../kube/object.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import type { Platform } from "./platform.ts";

/**
 * Whether something about a tenant's installation is written down on its OCIRepository.
 *
 * That is the last of a tenant's Flux objects to go: what is written there outlives a process and a HelmRelease.
 */
export function isMarked(source: OCIRepository | undefined, annotation: string): boolean {
  return source?.metadata.annotations?.[annotation] !== undefined;
}

/** Writes something down on an OCIRepository; `null` takes it back. */
export async function writeMark(
  source: ObjectRef,
  annotations: Readonly<Record<string, string | null>>,
  { platform, pass }: { readonly platform: Platform; readonly pass: Pass },
): Promise<void> {
  const { signal } = pass;
  const marked = await platform.client.mergePatch(ociRepositories, source, { metadata: { annotations } }, { signal });
  platform.stores.ociRepositories.written(marked);
}
