import type { SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import { errorText } from "../stand-in/error-text.ts";
import { textAt, valueAt } from "../value-at.ts";
import type { Obstacle } from "./chart-source.ts";

/** The way to the cluster of a release. */
export type TargetContext = {
  readonly client: SimClient;
  readonly connect: (kubeconfig: string) => SimClient | Promise<SimClient>;
};

/** Connects to the cluster a HelmRelease names. The kubeconfig is read anew each time. */
export async function connectTarget(
  { client, connect }: TargetContext,
  release: Obj,
): Promise<(Obstacle & { readonly missing: boolean }) | { readonly client: SimClient }> {
  if (valueAt(release, "spec", "kubeConfig") === undefined) {
    return { client };
  }
  const name = textAt(release, "spec", "kubeConfig", "secretRef", "name");
  const namespace = release.metadata.namespace ?? "";
  const secret = await client.find({ apiVersion: "v1", kind: "Secret", namespace, name });
  const reason = "RESTClientError";
  const place = `KubeConfig secret '${namespace}/${name}'`;
  if (secret === undefined) {
    return { reason, message: `could not get ${place}: secrets "${name}" not found`, missing: true };
  }
  const key = textAt(release, "spec", "kubeConfig", "secretRef", "key") || "value";
  const kubeconfig = Buffer.from(textAt(secret, "data", key), "base64").toString();
  if (kubeconfig === "") {
    return { reason, message: `${place} does not contain a '${key}' key with a kubeconfig`, missing: false };
  }
  try {
    return { client: await connect(kubeconfig) };
  } catch (error) {
    return { reason, message: `could not use ${place}: ${errorText(error)}`, missing: false };
  }
}
