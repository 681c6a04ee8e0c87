import { readFileSync } from "node:fs";

import { load } from "js-yaml";

import type { CustomResourceDefinition } from "../../kube/core.ts";
import type { CrdSchema } from "../../openmcp/platform/crd-problems.ts";

type Crd = Pick<CustomResourceDefinition, "apiVersion" | "kind" | "spec"> & { readonly metadata: { name: string } };

/** The CustomResourceDefinition of OCM. */
export const ocmCrd: Crd & CrdSchema = read("ocm");

/** The CustomResourceDefinition of ProviderConfig. */
export const providerConfigCrd: Crd & CrdSchema = read("providerconfig");

// The build runs this module and puts the exported values into the bundle: the bundle reads no file.
function read(name: string): Crd & CrdSchema {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of this repository
  return load(readFileSync(new URL(`crds/${name}.yaml`, import.meta.url), "utf8")) as Crd & CrdSchema;
}
