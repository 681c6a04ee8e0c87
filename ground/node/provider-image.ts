import type { Image } from "./container.ts";
import { processImage, unlessGiven } from "./process-image.ts";

/** Name under which releases are published. */
const PUBLISHED_IMAGE = "ghcr.io/open-component-model/images/service-provider-ocm";

/** Image of the provider in tests that name one of their own. */
export const SERVICE_PROVIDER_IMAGE = "example.com/service-provider-ocm";

/** All names of the provider's image. */
export const SERVICE_PROVIDER_IMAGES: readonly string[] = [SERVICE_PROVIDER_IMAGE, PUBLISHED_IMAGE];

const BUNDLE = new URL("../../dist/service-provider-ocm.mjs", import.meta.url).pathname;

/** The provider's image under each of its names, for the images of a node. */
export function providerImages(image: Image = bundleImage()): Readonly<Record<string, Image>> {
  return Object.fromEntries(SERVICE_PROVIDER_IMAGES.map((name) => [name, image]));
}

/** The bundle as an image, with its defaults, on the pod's own address, and with metrics there. */
function bundleImage(): Image {
  return processImage({
    path: process.execPath,
    before: [BUNDLE],
    after: ({ args, podIP }) => [
      ...unlessGiven(args, "--health-probe-bind-address", `${podIP}:8081`),
      ...(args[0] === "run" ? [`--metrics-bind-address=${podIP}:8080`, "--metrics-secure=false"] : []),
    ],
  });
}
