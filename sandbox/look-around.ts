import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Stage } from "./stage.ts";

/** How to look around on a stage: where the kubeconfigs are, and three commands worth trying, for which npm is enough. */
export function lookAround({ ground, tenants, play }: Stage): string {
  const onPlatform = play.milestone ?? "AccessRequest";
  const controlPlanes = tenants.map(({ cluster }) => cluster);
  const clusters = [ground.platform, ground.onboarding, ...controlPlanes];
  const width = Math.max(...clusters.map(({ name }) => name.length));
  const get = "npm run --silent sandbox:get --";
  return [
    "",
    "A kubeconfig for each cluster:",
    ...clusters.map(({ name, kubeconfigPath }) => `  ${name.padEnd(width)}  ${kubeconfigPath}`),
    "",
    "Worth trying in another terminal:",
    `  KUBECONFIG=${ground.onboarding.kubeconfigPath} ${get} ${pluralOf(play.object.kind)}`,
    `  KUBECONFIG=${ground.platform.kubeconfigPath} ${get} ${pluralOf(onPlatform)}`,
    ...controlPlanes
      .slice(0, 1)
      .map(({ kubeconfigPath }) => `  KUBECONFIG=${kubeconfigPath} ${get} ${pluralOf(play.proof)}`),
    ...(isOnPath("kubectl") ? ["kubectl does as well, and more."] : []),
    "",
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
