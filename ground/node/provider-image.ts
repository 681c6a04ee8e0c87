import type { UnpackedImage } from "../image/unpack-image.ts";
import type { ContainerStart, Image } from "./container.ts";
import { containedImage } from "./contained-image.ts";
import { processImage, unlessGiven } from "./process-image.ts";

/** Name under which releases are published. */
const PUBLISHED_IMAGE = "ghcr.io/open-component-model/images/service-provider-ocm";

/** Image of the provider in tests that name one of their own. */
export const SERVICE_PROVIDER_IMAGE = "example.com/service-provider-ocm";

/** All names of the provider's image. */
export const SERVICE_PROVIDER_IMAGES: readonly string[] = [SERVICE_PROVIDER_IMAGE, PUBLISHED_IMAGE];

const BUNDLE = new URL("../../dist/service-provider-ocm.mjs", import.meta.url).pathname;

/**
 * The provider's image under each of its names, for the images of a node.
 *
 * What runs is an image that has been unpacked, or else the bundle, with Node of this project and no container around it.
 */
export function providerImages(unpacked: UnpackedImage | undefined): Readonly<Record<string, Image>> {
  const image =
    unpacked === undefined
      ? processImage({ path: process.execPath, before: [BUNDLE], after: onPodAddress })
      : containedImage(unpacked, onPodAddress);
  return Object.fromEntries(SERVICE_PROVIDER_IMAGES.map((name) => [name, image]));
}

/** All pods share the ports of this machine, so each has to serve on its own address, where it serves metrics as well. */
function onPodAddress({ args, podIP }: ContainerStart): readonly string[] {
  return [
    ...unlessGiven(args, "--health-probe-bind-address", `${podIP}:8081`),
    ...(args[0] === "run" ? [`--metrics-bind-address=${podIP}:8080`, "--metrics-secure=false"] : []),
  ];
}
