import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { valueAt } from "../value-at.ts";

const GROUP = "delivery.ocm.software";

/** The CRD of one kind of the toolkit, kept at the end of a release unless `crd.keep` is false. */
export function toolkitCRD(kind: string, values: JsonObject): Obj {
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s`;
  const keep = valueAt(values, "crd", "keep") !== false;
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${GROUP}`,
      ...(keep && { annotations: { "helm.sh/resource-policy": "keep" } }),
    },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular },
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } },
        },
      ],
    },
  };
}
