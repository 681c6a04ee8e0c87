import { crdProblems } from "../../openmcp/platform/crd-problems.ts";
import type { KubeObject } from "../../kube/object.ts";
import { ocmCrd, providerConfigCrd } from "./crds.inlined.ts";

/** Says what is wrong with an OCM object that was stored past its present schema, a sentence each. */
export const problemsOfOCM: (object: KubeObject) => readonly string[] = crdProblems(ocmCrd);

/** Says what is wrong with a ProviderConfig that was stored past its present schema, a sentence each. */
export const problemsOfProviderConfig: (object: KubeObject) => readonly string[] = crdProblems(providerConfigCrd);
