import { type Binary, type BinaryName, describeBinary } from "./binary.ts";
import { type BinaryEnvironment, cacheFolder, findBinary } from "./find-binary.ts";

/** Finds the programs that have to be built before a real ground can start. */
export async function missingBinaries(
  names: readonly BinaryName[],
  env: BinaryEnvironment,
): Promise<readonly Binary[]> {
  const binaries = names.map(describeBinary);
  const paths = await Promise.all(binaries.map((binary) => findBinary(binary, env)));
  return binaries.filter((_, index) => paths[index] === undefined);
}

/** Tells people which programs a build will make, where it puts them, and how long that takes. */
export function describeBuild(missing: readonly Binary[], env: BinaryEnvironment): string {
  if (missing.length === 0) {
    return "every program of the real servers is there: nothing to build";
  }
  const totalMs = missing.reduce((sum, { coldBuildMs }) => sum + coldBuildMs, 0);
  const minutes = Math.ceil(totalMs / 60_000);
  const names = missing.map(({ name, version }) => `${name} ${version}`);
  return [
    `building with Go, once: ${names.join(", ")}`,
    `about ${minutes} min on two processors with empty caches; kept in ${cacheFolder(env)}`,
  ].join("\n");
}
