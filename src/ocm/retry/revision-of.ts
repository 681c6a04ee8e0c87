import type { KubeObject } from "../../kube/object.ts";
import { hash8 } from "../../openmcp/platform/names.ts";

/**
 * Short text that is another one whenever one of the objects comes, goes, is made anew or changes its content.
 *
 * Nothing can be learned from it about what the objects say.
 */
export function revisionOf(objects: readonly (KubeObject | undefined)[]): string {
  return hash8(...objects.map(versionOf));
}

// Secrets have no generation.
function versionOf(object: KubeObject | undefined): string {
  const { uid = "", generation, resourceVersion = "" } = object?.metadata ?? {};
  return `${uid}@${generation ?? resourceVersion}`;
}
