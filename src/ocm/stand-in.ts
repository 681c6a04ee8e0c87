import type { ConfigMap, Secret } from "../kube/core.ts";
import type { KubeObject } from "../kube/object.ts";
import { CA_KEY, DOCKER_CONFIG_TYPE } from "../openmcp/service/operator-objects.ts";
import type { ProviderConfig } from "./api/objects.ts";

const PEM = ["CERTIFICATE", "PUBLIC KEY"]
  .map((label) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`)
  .join("");

/** Returns an object that a ProviderConfig may name, as an operator would have written it for any of its uses. Pure. */
export function standIn(kind: "Secret" | "ConfigMap", name: string, config: KubeObject): Secret & ConfigMap {
  const { spec = {} }: ProviderConfig = config;
  const texts: Readonly<Record<string, string>> = {
    ".dockerconfigjson": JSON.stringify({ auths: { "registry.example.com": {} } }),
    [spec.caBundleRef?.key ?? CA_KEY]: PEM,
    "stand-in.pub": PEM,
    "trustpolicy.json": JSON.stringify({ version: "1.0", trustPolicies: [] }),
    address: "http://proxy.example.com:3128",
  };
  const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return {
    apiVersion: "v1",
    kind,
    metadata: { name },
    type: DOCKER_CONFIG_TYPE,
    data: kind === "Secret" ? Object.fromEntries(encoded) : texts,
  };
}
