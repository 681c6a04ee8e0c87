import { whyNotContained } from "../../ground/image/contain.ts";
import type { UnpackedImage } from "../../ground/image/unpack-image.ts";
import { provideImage, unpackBuiltImage } from "../../sandbox/program.ts";

/** Why the provider cannot run in its image here, for tests that are about the image; `undefined` where it can. */
export const noImage: string | undefined = whyNotContained();

// The runner has built it for these suites. Nobody may build it again while others run it.
const isBuilt = process.env["PROVIDER"] === "image";

/**
 * The image in which tests run the provider, so that they prove what is shipped. Where images cannot run, the provider
 * runs as it is, which a continuous integration must not take for the proof.
 */
export async function providerImage(): Promise<UnpackedImage | undefined> {
  if (noImage === undefined) {
    return isBuilt ? unpackBuiltImage() : provideImage(new AbortController().signal);
  }
  if (process.env["CI"] === "true") {
    throw new Error(`expected a machine that runs the provider's image, found that it cannot: ${noImage}`);
  }
  return undefined;
}

/** The same in suites that are to run the provider in its image, and none in others. */
export function imageOfSuite(): Promise<UnpackedImage | undefined> {
  return isBuilt ? providerImage() : Promise.resolve(undefined);
}
