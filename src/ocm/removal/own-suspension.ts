import type { HelmRelease } from "../../flux/helm-release.ts";
import { isRecord } from "../../kube/json.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

/**
 * Whether this provider has suspended a HelmRelease, which it does so that Flux lets go of it without a control plane.
 *
 * The API server keeps who has set the field. The provider never sets it otherwise: a suspension under any other name is
 * the operator's, and stays.
 */
export function isSuspendedByUs({ spec, metadata: { managedFields = [] } }: HelmRelease): boolean {
  const isOwned = managedFields.some(
    ({ manager, subresource = "", fieldsV1 = {} }) =>
      manager === FIELD_MANAGER &&
      subresource === "" &&
      isRecord(fieldsV1["f:spec"]) &&
      "f:suspend" in fieldsV1["f:spec"],
  );
  return spec?.suspend === true && isOwned;
}
