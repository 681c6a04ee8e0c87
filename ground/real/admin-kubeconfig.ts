/** Writes the kubeconfig of a user with a bearer token, as YAML (of which JSON is a part). */
export function adminKubeconfig(cluster: {
  readonly name: string;
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
}): string {
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: cluster.name,
        cluster: {
          server: cluster.server,
          "certificate-authority-data": Buffer.from(cluster.caPem).toString("base64"),
        },
      },
    ],
    users: [{ name: "admin", user: { token: cluster.token } }],
    contexts: [{ name: cluster.name, context: { cluster: cluster.name, user: "admin" } }],
    "current-context": cluster.name,
  };
  return `${JSON.stringify(kubeconfig, undefined, 2)}\n`;
}
