import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Admission } from "../openmcp/service/definition.ts";
import { storedMessage } from "../runtime/stored-message.ts";
import { CURRENT_GROUP, OCM_VERSION } from "./api/group.ts";
import { catalogueOf, isCatalogueUnknown } from "./catalogue.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import type { Settings } from "./settings.ts";
import { describeOffers, LONGEST_QUOTED } from "./versions.ts";

/** What is on offer, for the API server of the onboarding cluster and for everybody who asks it. */
export type OCMOffer = KubeObject & { readonly spec: OfferSpec };

type OfferSpec = { readonly versions: readonly string[]; readonly summary: string };

/** OCMOffers live on the onboarding cluster. */
const ocmOffers: Resource<OCMOffer> = {
  group: CURRENT_GROUP,
  version: OCM_VERSION,
  kind: "OCMOffer",
  plural: "ocmoffers",
  namespaced: false,
};

/** An API server drops the message of a policy from 5 KiB on. */
const LONGEST_SUMMARY_BYTES = 4096;

const asked = "object.spec.version";
const isOffered = (version: string): string => `${version} in params.spec.versions`;
const quoted = `(size(${asked}) > ${LONGEST_QUOTED} ? ${asked}.substring(0, ${LONGEST_QUOTED}) : ${asked})`;

/** Refuses a version that is not on offer, by the rule and in the words of the condition `ChartReady`. */
export const versionAdmission: Admission<Settings> = {
  parameters: ocmOffers,
  rules: {
    matchConditions: [
      // What exists already can be labelled, finalized and deleted whatever its version.
      { name: "version-changes", expression: `oldObject == null || oldObject.spec.version != ${asked}` },
      // `migrate` creates what exists already in another API group.
      {
        name: "written-by-others",
        expression: `!has(request.options.fieldManager) || request.options.fieldManager != "${FIELD_MANAGER}"`,
      },
    ],
    validations: [
      {
        expression: `${isOffered(asked)} || (${asked}.matches("^v[0-9]") && ${isOffered(`${asked}.substring(1)`)})`,
        message: "spec.version: is not offered; an OCMOffer lists the versions on offer",
        messageExpression: `'spec.version: "' + ${quoted} + '" is not offered (' + params.spec.summary + ')'`,
      },
    ],
  },
  parametersOf: (inForce): OfferSpec | undefined => {
    const offers = catalogueOf(inForce);
    return offers === undefined || isCatalogueUnknown(inForce)
      ? undefined
      : {
          versions: offers.map(({ version }) => version),
          summary: storedMessage(describeOffers(offers), LONGEST_SUMMARY_BYTES),
        };
  },
};
