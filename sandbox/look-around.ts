import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Stage } from "./stage.ts";

/** How to look around on a stage: where the kubeconfigs are, and three commands worth trying. */
export function lookAround({ ground, controlPlane }: Stage): string {
  const clusters = [ground.platform, ground.onboarding, controlPlane];
  const width = Math.max(...clusters.map(({ name }) => name.length));
  const get = isOnPath("kubectl") ? "kubectl get -A" : "npm run --silent sandbox:get --";
  return [
    "",
    "A kubeconfig for each cluster:",
    ...clusters.map(({ name, kubeconfigPath }) => `  ${name.padEnd(width)}  ${kubeconfigPath}`),
    "",
    "Worth trying in another terminal:",
    `  KUBECONFIG=${ground.onboarding.kubeconfigPath} ${get} ocms`,
    `  KUBECONFIG=${ground.platform.kubeconfigPath} ${get} helmreleases`,
    `  KUBECONFIG=${controlPlane.kubeconfigPath} ${get} deployments`,
    "",
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
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
