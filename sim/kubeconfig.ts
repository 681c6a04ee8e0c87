/** What a kubeconfig says. */
export type KubeconfigInput = {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Name of cluster, user and context. */
  readonly name: string;
};

/** A kubeconfig with one cluster and everything inline, as YAML. */
export function kubeconfigFor({ url, caPem, token, name }: KubeconfigInput): string {
  const quoted = JSON.stringify(name);
  return `apiVersion: v1
kind: Config
current-context: ${quoted}
clusters:
  - name: ${quoted}
    cluster:
      server: ${JSON.stringify(url)}
      certificate-authority-data: ${Buffer.from(caPem).toString("base64")}
users:
  - name: ${quoted}
    user:
      token: ${JSON.stringify(token)}
contexts:
  - name: ${quoted}
    context:
      cluster: ${quoted}
      user: ${quoted}
`;
}
