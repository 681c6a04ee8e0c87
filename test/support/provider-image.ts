import { whyNotContained } from "../../ground/image/contain.ts";
import type { UnpackedImage } from "../../ground/image/unpack-image.ts";
import { provideImage } from "../../sandbox/program.ts";

/** Why the provider cannot run in its image here, for tests that are about the image; `undefined` where it can. */
export const noImage: string | undefined = whyNotContained();

/**
 * The image in which tests run the provider, so that they prove what is shipped. Where images cannot run, the provider
 * runs as it is, which a continuous integration must not take for the proof.
 */
export async function providerImage(): Promise<UnpackedImage | undefined> {
  if (noImage === undefined) {
    return provideImage(new AbortController().signal);
  }
  if (process.env["CI"] === "true") {
    throw new Error(`expected a machine that runs the provider's image, found that it cannot: ${noImage}`);
  }
  return undefined;
}
