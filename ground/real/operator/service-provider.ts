import type { Obj } from "../../../sim/object.ts";
import { serviceProviderType } from "../../../sim/platform/kinds.ts";
import type { Image } from "./container.ts";
import { processImage, unlessGiven } from "./process-image.ts";

/** Image of the provider. */
export const SERVICE_PROVIDER_IMAGE = "example.com/service-provider-ocm";

const BUNDLE = new URL("../../../dist/service-provider-ocm.mjs", import.meta.url).pathname;

/** The object for which the operator runs the provider. */
export function serviceProvider(spec: Readonly<Record<string, unknown>> = {}): Obj {
  return {
    ...serviceProviderType,
    metadata: { name: "ocm" },
    spec: { image: `${SERVICE_PROVIDER_IMAGE}:v1`, verbosity: "INFO", runReplicas: 1, ...spec },
  };
}

/** The provider's image: the shipped bundle with its defaults, on the pod's own address, and with metrics there. */
export function serviceProviderImage(): Image {
  return processImage({
    path: process.execPath,
    before: [BUNDLE],
    after: ({ args, podIP }) => [
      ...unlessGiven(args, "--health-probe-bind-address", `${podIP}:8081`),
      ...(args[0] === "run" ? [`--metrics-bind-address=${podIP}:8080`, "--metrics-secure=false"] : []),
    ],
  });
}
