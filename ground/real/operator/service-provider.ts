import type { Obj } from "../../../sim/object.ts";
import { serviceProviderType } from "../../../sim/platform/kinds.ts";
import { SERVICE_PROVIDER_IMAGE } from "../../node/provider-image.ts";

/** The object for which the operator runs the provider. */
export function serviceProvider(spec: Readonly<Record<string, unknown>> = {}): Obj {
  return {
    ...serviceProviderType,
    metadata: { name: "ocm" },
    spec: { image: `${SERVICE_PROVIDER_IMAGE}:v1`, verbosity: "INFO", runReplicas: 1, ...spec },
  };
}
