import type { KubeObject } from "../../kube/object.ts";
import { groupOf } from "../../kube/resource.ts";
import { crdProblems } from "../platform/crd-problems.ts";
import type { ProviderCrd } from "../platform/read-crd.ts";

/** Returns the function that says which fields of an object the present schema of its kind would refuse. */
export function problemsIn(crds: readonly ProviderCrd[]): (object: KubeObject) => readonly string[] {
  const byKind = new Map(crds.map((crd) => [`${crd.spec.group} ${crd.spec.names.kind}`, crdProblems(crd)]));
  return (object) => {
    const problemsOf = byKind.get(`${groupOf(object.apiVersion)} ${object.kind}`);
    if (problemsOf === undefined) {
      throw new Error(
        `expected a CRD of ${object.kind} in ${object.apiVersion} among those of the provider, found none`,
      );
    }
    return problemsOf(object);
  };
}
