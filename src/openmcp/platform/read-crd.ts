import { readFileSync } from "node:fs";

import { load } from "js-yaml";

import type { CustomResourceDefinition } from "../../kube/core.ts";
import type { CrdSchema } from "./crd-problems.ts";

/** A CustomResourceDefinition as a provider installs it; the label `openmcp.cloud/cluster` says on which cluster. */
export type ProviderCrd = Pick<CustomResourceDefinition, "apiVersion" | "kind" | "spec"> & {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
} & CrdSchema;

/**
 * Reads a CustomResourceDefinition from a YAML file.
 *
 * With `group`, the CRD is of that group instead of the one in the file: one file describes a kind for each of its groups.
 */
export function readCrd(file: URL, group?: string): ProviderCrd {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of the provider, which its API server checks
  const crd = load(readFileSync(file, "utf8")) as ProviderCrd;
  const { metadata, spec } = crd;
  return group === undefined
    ? crd
    : { ...crd, metadata: { ...metadata, name: `${spec.names.plural}.${group}` }, spec: { ...spec, group } };
}
