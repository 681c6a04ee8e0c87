import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import { type ChartRegistry, PullError } from "../../sim/flux/chart-registry.ts";

/** A registry in memory that is reached over plain HTTP on loopback, as the one of a real ground. */
export type RegistryFront = {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Has the front answer for a registry. */
  serve(registry: ChartRegistry): void;
  close(): Promise<void>;
};

/** Opens a front, which answers nobody until there is a registry. */
export async function openRegistryFront(): Promise<RegistryFront> {
  let registry: ChartRegistry | undefined;
  const server = createServer((asked, answer) => {
    try {
      const { status, headers, body } = respond(asked, registry, host);
      answer.writeHead(status, headers);
      answer.end(asked.method === "HEAD" ? undefined : JSON.stringify(body));
    } catch {
      // Nobody listens.
      asked.socket.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    serve: (served) => {
      registry = served;
    },
    close: async () => {
      if (server.listening) {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      }
    },
  };
}

type Reply = { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };

function respond(asked: IncomingMessage, registry: ChartRegistry | undefined, host: string): Reply {
  if (registry === undefined) {
    throw new Error("there is no registry yet");
  }
  const auth = /^Basic (.+)$/u.exec(asked.headers.authorization ?? "")?.[1];
  const config = auth === undefined ? undefined : JSON.stringify({ auths: { [host]: { auth } } });
  try {
    return find(registry, { host, path: asked.url ?? "", config });
  } catch (error) {
    if (error instanceof PullError) {
      return refuse(error.message);
    }
    throw error;
  }
}

type Asked = { readonly host: string; readonly path: string; readonly config: string | undefined };

function find(registry: ChartRegistry, { host, path, config }: Asked): Reply {
  const [, repository = "", what, reference = ""] = /^\/v2\/(.+)\/(manifests|tags)\/([^?]+)/u.exec(path) ?? [];
  const url = `oci://${host}/${repository}`;
  if (what === "manifests") {
    const wanted = reference.includes(":") ? { digest: reference } : { tag: reference };
    const { manifestDigest } = registry.pull(url, wanted, config);
    return { status: 200, headers: { "docker-content-digest": manifestDigest }, body: { schemaVersion: 2 } };
  }
  return { status: 200, headers: {}, body: { tags: registry.tags(url, config) } };
}

function refuse(message: string): Reply {
  const [, code] = /(UNAUTHORIZED|MANIFEST_UNKNOWN)/u.exec(message) ?? [];
  if (code === undefined) {
    throw new Error(message);
  }
  const body = { errors: [{ code, message: message.replace(/^.*?: /u, "") }] };
  return code === "UNAUTHORIZED"
    ? { status: 401, headers: { "www-authenticate": 'Basic realm="ground"' }, body }
    : { status: 404, headers: {}, body };
}
