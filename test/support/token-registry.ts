import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** How a registry lets somebody in. */
export type RegistryAuth = "none" | "basic" | "bearer";

/** A registry of manifests that are never read, over plain HTTP. */
export type TokenRegistry = {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly requests: readonly string[];
  close(): Promise<void>;
};

/** What a registry has, and who may read it. */
export type TokenRegistryOptions = {
  readonly auth: RegistryAuth;
  /** User and password, joined by a colon; or a refresh token. */
  readonly login?: string;
  /** Digests of manifests under `repository:tag`. */
  readonly manifests: Readonly<Record<string, string>>;
  readonly realm?: string;
};

const TOKEN = "access-token-of-the-registry";

/** Starts a registry that gives out manifests to whoever logs in. */
export async function startTokenRegistry(options: TokenRegistryOptions): Promise<TokenRegistry> {
  const requests: string[] = [];
  const server = createServer((asked, answer) => {
    requests.push(`${asked.method} ${asked.url}`);
    void respond(asked, options, host()).then(({ status, headers = {}, body = "" }) => {
      answer.writeHead(status, headers);
      answer.end(asked.method === "HEAD" ? undefined : body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host: host(),
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

type Reply = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

async function respond(asked: IncomingMessage, options: TokenRegistryOptions, host: string): Promise<Reply> {
  const { pathname, searchParams } = new URL(asked.url ?? "", "http://registry");
  if (pathname === "/token") {
    return giveToken(await readBody(asked), asked, { ...options, scope: searchParams.get("scope") ?? "" });
  }
  if (!isLetIn(asked, options)) {
    return challenge(options, host);
  }
  const [, repository = "", reference = ""] = /^\/v2\/(.+)\/manifests\/(.+)$/u.exec(pathname) ?? [];
  if (repository === "") {
    return { status: 200, body: JSON.stringify({ name: "chart", tags: ["1.0.0"] }) };
  }
  const digest = options.manifests[`${repository}:${reference}`];
  return digest === undefined
    ? { status: 404, body: errors("MANIFEST_UNKNOWN", "manifest unknown") }
    : { status: 200, headers: { "docker-content-digest": digest } };
}

async function readBody(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function giveToken(
  body: string,
  { headers, method }: IncomingMessage,
  { login = "", scope }: TokenRegistryOptions & { readonly scope: string },
): Reply {
  const form = new URLSearchParams(body);
  const isRight = method === "POST" ? form.get("refresh_token") === login : headers.authorization === basic(login);
  const isScoped = (method === "POST" ? (form.get("scope") ?? "") : scope).endsWith(":pull");
  return isRight && isScoped
    ? { status: 200, body: JSON.stringify({ token: TOKEN }) }
    : { status: 403, body: errors("DENIED", "requested access to the resource is denied") };
}

function isLetIn({ headers }: IncomingMessage, { auth, login = "" }: TokenRegistryOptions): boolean {
  switch (auth) {
    case "none":
      return true;
    case "basic":
      return headers.authorization === basic(login);
    case "bearer":
      return headers.authorization === `Bearer ${TOKEN}`;
  }
}

function challenge({ auth, realm }: TokenRegistryOptions, host: string): Reply {
  const header =
    auth === "basic"
      ? 'Basic realm="registry"'
      : `Bearer realm="${realm ?? `http://${host}/token`}",service="registry",scope="repository:x:pull"`;
  return {
    status: 401,
    headers: { "www-authenticate": header },
    body: errors("UNAUTHORIZED", "authentication required"),
  };
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString("base64")}`;
}

function errors(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}
