import { type ProviderCrd, readCrd } from "../../openmcp/platform/read-crd.ts";
import { OCM_GROUPS } from "./group.ts";

// The build runs this module and puts the exported values into the bundle: the bundle reads no file.

/** The CustomResourceDefinitions of OCM, in the order of `OCM_GROUPS`. They differ in nothing but the group. */
export const ocmCrds: readonly ProviderCrd[] = OCM_GROUPS.map((group) =>
  readCrd(new URL("crds/ocm.yaml", import.meta.url), group),
);

/** The CustomResourceDefinitions of ProviderConfig, in the same order. */
export const providerConfigCrds: readonly ProviderCrd[] = OCM_GROUPS.map((group) =>
  readCrd(new URL("crds/providerconfig.yaml", import.meta.url), group),
);

/** The CustomResourceDefinition of OCMOffer, which has one API group. */
export const offerCrd: ProviderCrd = readCrd(new URL("crds/ocmoffer.yaml", import.meta.url));
