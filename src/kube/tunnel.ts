import { request } from "node:http";
import { isIP, type Socket } from "node:net";

/** Where a connection leads; an IPv6 address is without brackets. */
export type HostAndPort = { readonly host: string; readonly port: number };

/** A way through a proxy to a server. `proxy` may have a user name and a password. */
export type Tunnel = {
  readonly proxy: URL;
  readonly server: HostAndPort;
  readonly signal: AbortSignal;
};

/** Asks the HTTP proxy at the other end of the socket for a tunnel, and returns the socket once it is one. */
export function tunnelThroughHTTP(socket: Socket, { proxy, server, signal }: Tunnel): Promise<Socket> {
  const { host, port } = server;
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const asking = request({
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...loginTo(proxy) },
    createConnection: () => socket,
    signal,
  });
  asking.once("connect", ({ statusCode = 0 }, tunnel: Socket) => {
    if (statusCode === 200) {
      resolve(tunnel);
      return;
    }
    tunnel.destroy();
    reject(new Error(`the proxy ${proxy.host} answered ${statusCode} instead of leading to ${authority}`));
  });
  // A proxy that answers with a page, and no tunnel.
  asking.once("response", ({ statusCode = 0 }) => {
    socket.destroy();
    reject(new Error(`the proxy ${proxy.host} answered ${statusCode} instead of leading to ${authority}`));
  });
  asking.once("error", reject);
  asking.end();
  return promise;
}

/** The header that an HTTP proxy wants when its URL has a login. */
export function loginTo(proxy: URL): Readonly<Record<string, string>> {
  const { user, password } = loginOf(proxy);
  const login = Buffer.from(`${user}:${password}`).toString("base64");
  return user === "" && password === "" ? {} : { "proxy-authorization": `Basic ${login}` };
}

function loginOf({ username, password }: URL): { readonly user: string; readonly password: string } {
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

const SOCKS = {
  version: 5,
  anonymous: 0,
  byPassword: 2,
  connect: 1,
  ipv4: 1,
  name: 3,
  ipv6: 4,
  longestLogin: 255,
} as const;
const IPV6_BYTES = 16;

/** Asks the SOCKS5 proxy (RFC 1928, RFC 1929) at the other end of the socket to lead to the server. */
export async function tunnelThroughSOCKS(socket: Socket, { proxy, server, signal }: Tunnel): Promise<Socket> {
  const reader = new SocketReader(socket, signal);
  try {
    await logIn(reader, proxy);
    await reader.ask(Uint8Array.of(SOCKS.version, SOCKS.connect, 0, ...encodeAddress(server)));
    const [, refusal = 0, , form = 0] = await reader.read(4);
    if (refusal !== 0) {
      throw new Error(`expected the proxy to lead to ${server.host}:${server.port}, found SOCKS error ${refusal}`);
    }
    const size = { [SOCKS.ipv4]: 4, [SOCKS.ipv6]: IPV6_BYTES }[form] ?? (await reader.read(1))[0] ?? 0;
    await reader.read(size + 2);
    reader.release();
    return socket;
  } catch (error) {
    socket.destroy();
    throw new Error(`proxy ${proxy.host}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function logIn(reader: SocketReader, proxy: URL): Promise<void> {
  const { user, password } = loginOf(proxy);
  const offered = user === "" ? [SOCKS.anonymous] : [SOCKS.anonymous, SOCKS.byPassword];
  await reader.ask(Uint8Array.of(SOCKS.version, offered.length, ...offered));
  const [version, method = 0xff] = await reader.read(2);
  if (version !== SOCKS.version || !offered.some((each) => each === method)) {
    throw new Error("expected a SOCKS5 proxy that takes the login of its URL, found none");
  }
  if (method === SOCKS.byPassword) {
    const [name, secret] = [Buffer.from(user), Buffer.from(password)];
    if (name.length > SOCKS.longestLogin || secret.length > SOCKS.longestLogin) {
      throw new Error(
        `expected user name and password of at most ${SOCKS.longestLogin} bytes each in the proxy's URL, ` +
          `found ${name.length} and ${secret.length}: SOCKS5 has room for no more`,
      );
    }
    await reader.ask(Uint8Array.of(1, name.length, ...name, secret.length, ...secret));
    const [, refusal] = await reader.read(2);
    if (refusal !== 0) {
      throw new Error("expected the proxy to take user name and password of its URL, found a refusal");
    }
  }
}

/** The address as SOCKS5 has it. The proxy resolves names. */
function encodeAddress({ host, port }: HostAndPort): Uint8Array {
  const tail = [port >> 8, port & 0xff];
  switch (isIP(host)) {
    case 4:
      return Uint8Array.of(SOCKS.ipv4, ...host.split(".").map(Number), ...tail);
    case 6:
      return Uint8Array.of(SOCKS.ipv6, ...ipv6Bytes(host), ...tail);
    default: {
      const name = Buffer.from(host);
      return Uint8Array.of(SOCKS.name, name.length, ...name, ...tail);
    }
  }
}

function ipv6Bytes(address: string): readonly number[] {
  const [start = [], end = []] = address.split("::").map(bytesOf);
  return [...start, ...Array.from({ length: IPV6_BYTES - start.length - end.length }, () => 0), ...end];
}

function bytesOf(groups: string): readonly number[] {
  const words = groups === "" ? [] : groups.split(":").map((group) => parseInt(group, 16));
  return words.flatMap((word) => [word >> 8, word & 0xff]);
}

/** Reads a socket byte by byte, and leaves the rest to whoever uses the socket next. */
class SocketReader {
  readonly #socket: Socket;
  readonly #over = new AbortController();
  #waiting: { readonly check: () => void; readonly reject: (error: unknown) => void } | undefined;
  #failure: Error | undefined;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    socket.on("readable", this.#check).on("error", this.#fail).on("close", this.#close);
    signal.addEventListener("abort", () => socket.destroy(), { signal: this.#over.signal });
  }

  /** Sends bytes. */
  async ask(bytes: Uint8Array): Promise<void> {
    this.#socket.write(bytes);
  }

  /** Reads so many bytes. */
  async read(count: number): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const check = (): void => {
      const bytes: unknown = this.#socket.read(count);
      if (bytes instanceof Uint8Array) {
        this.#waiting = undefined;
        resolve(bytes);
      }
    };
    this.#waiting = { check, reject };
    if (this.#failure === undefined) {
      check();
    } else {
      reject(this.#failure);
    }
    return promise;
  }

  release(): void {
    this.#over.abort();
    this.#socket.off("readable", this.#check).off("error", this.#fail).off("close", this.#close);
  }

  readonly #check = (): void => this.#waiting?.check();
  readonly #fail = (error: Error): void => {
    this.#failure ??= error;
    this.#waiting?.reject(error);
  };
  readonly #close = (): void => this.#fail(new Error("the connection was closed"));
}
