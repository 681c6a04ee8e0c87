import { type ProviderCrd, readCrd } from "../../openmcp/platform/read-crd.ts";

// The build runs this module and puts the exported values into the bundle: the bundle reads no file.

/** The CustomResourceDefinition of OCM. */
export const ocmCrd: ProviderCrd = readCrd(new URL("crds/ocm.yaml", import.meta.url));

/** The CustomResourceDefinition of ProviderConfig. */
export const providerConfigCrd: ProviderCrd = readCrd(new URL("crds/providerconfig.yaml", import.meta.url));
