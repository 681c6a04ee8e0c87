import type { Secret } from "../../../kube/core.ts";
import type { ClusterConfig } from "../../../kube/kubeconfig.ts";
import type { ClosableTransport } from "../../../kube/transport.ts";
import { aborted } from "./play-object.ts";

/** A Secret as the platform writes it, with a kubeconfig for `server` and `token`. */
export function kubeconfigSecret(server: string, token: string): Secret {
  const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server } }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
    "current-context": "context",
  });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "access.kubeconfig", namespace: "openmcp-system", resourceVersion: token },
    data: { kubeconfig: Buffer.from(kubeconfig).toString("base64") },
  };
}

/** Clusters that a test can connect to: they know one valid token, and say who asked. */
export class FakeClusters {
  /** Each request that came, as `<server> <token>`. */
  readonly requests: string[] = [];
  /** How many connections are open. */
  open = 0;
  validToken = "";
  /** Whether requests are taken and never answered. */
  isSilent = false;

  /** Connects as `createTransport` does. Every answer is `{ gitVersion: <token> }` or a 401. */
  readonly connect = (config: ClusterConfig): ClosableTransport => {
    this.open += 1;
    const transport: ClosableTransport = Object.assign(
      async ({ signal }: { readonly signal: AbortSignal }) => {
        const { headers } = await config.credentials({ signal });
        const token = String(headers["authorization"]).replace("Bearer ", "");
        this.requests.push(`${config.server} ${token}`);
        if (this.isSilent) {
          await aborted(signal);
        }
        const body = token === this.validToken ? { gitVersion: token } : { kind: "Status", code: 401 };
        return {
          status: token === this.validToken ? 200 : 401,
          headers: {},
          body: (async function* () {
            yield await Promise.resolve(Buffer.from(JSON.stringify(body)));
          })(),
        };
      },
      {
        close: () => {
          this.open -= 1;
          return Promise.resolve();
        },
      },
    );
    return transport;
  };
}
