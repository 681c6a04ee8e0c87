import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request as send, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

import type { Address } from "../../../ground/ground.ts";
import { type Certificate, createCertificate } from "../../../sim/certificate.ts";
import { httpTransport, type HttpTransport } from "../../../sim/http-transport.ts";
import { readLines } from "../../../sim/read-body.ts";
import { isWatch } from "../components.ts";
import type { Answer, Exchange } from "../exchange.ts";

type Request = Exchange["request"];

/** Who is served in which way. */
type Reception = {
  /** Certificate of an authority that no client trusts. */
  readonly foreign: Certificate;
  /** The pod to whose process a port of this machine belongs; `undefined` for everybody else. */
  readonly podAt: (port: number) => string | undefined;
  /** Has a pod's request pass. */
  readonly pass: (from: string, request: Request, deliver: (request: Request) => Answer) => Answer;
};

/** Stands in front of an API server: what pods of the provider send goes through something, all else straight on. */
export class InterposedServer {
  readonly #server: Server;
  readonly #certificate: Certificate;
  readonly #upstream: Address;
  readonly #agent: Agent;
  readonly #transport: HttpTransport;
  readonly #reception: Reception;

  private constructor(upstream: Address, certificate: Certificate, reception: Reception) {
    const caPem = upstream.caPem ?? "";
    this.#upstream = upstream;
    this.#certificate = certificate;
    this.#reception = reception;
    this.#agent = new Agent({ ca: caPem, keepAlive: true });
    this.#transport = httpTransport({ url: upstream.server, caPem });
    const pods = new WeakMap<object, string>();
    this.#server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (incoming, outgoing) => {
      const from = pods.get(incoming.socket);
      const handled = from === undefined ? this.#passOn(incoming, outgoing) : this.#pass(from, incoming, outgoing);
      // What fails on the way fails for the client too.
      handled.catch(() => outgoing.destroy());
    });
    this.#server.on("secureConnection", (socket) => {
      const from = reception.podAt(socket.remotePort ?? 0);
      if (from !== undefined) {
        pods.set(socket, from);
      }
    });
  }

  /** Starts it on a free port of 127.0.0.1. */
  static async start(upstream: Address, reception: Reception): Promise<InterposedServer> {
    const interposed = new InterposedServer(upstream, await createCertificate(), reception);
    interposed.#server.listen(0, "127.0.0.1");
    await once(interposed.#server, "listening");
    return interposed;
  }

  /** Where clients find it. */
  get address(): Address {
    const { port } = this.#server.address() as AddressInfo;
    return { server: `https://127.0.0.1:${port}`, caPem: this.#certificate.caPem };
  }

  /** Shows a certificate of an authority that nobody trusts, from now on; connections break. */
  showForeignCertificate(): void {
    this.#show(this.#reception.foreign);
  }

  /** Shows its own certificate again. */
  showOwnCertificate(): void {
    this.#show(this.#certificate);
  }

  /** Breaks every connection and ends. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#agent.destroy();
    this.#transport.close();
  }

  #show({ certPem, keyPem }: Certificate): void {
    this.#server.setSecureContext({ cert: certPem, key: keyPem });
    this.#server.closeAllConnections();
  }

  async #pass(from: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort(new Error("the client is gone")));
    const request = await requestOf(incoming, gone.signal);
    const { status, headers, body } = await this.#reception.pass(from, request, (passing) => this.#deliver(passing));
    outgoing.writeHead(status, endToEnd(headers));
    outgoing.flushHeaders();
    await pipeline(body, outgoing);
  }

  async #deliver(request: Request): Answer {
    const response = await this.#transport(request);
    // Whatever happens to a watch happens to whole events.
    return isWatch(request) ? { ...response, body: eventsOf(response) } : response;
  }

  async #passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url, headers } = incoming;
    const asked = send(new URL(url ?? "/", this.#upstream.server), { method, headers, agent: this.#agent });
    outgoing.once("close", () => asked.destroy());
    const responded = once(asked, "response") as Promise<[IncomingMessage]>;
    const [[answered]] = await Promise.all([responded, pipeline(incoming, asked)]);
    outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
    outgoing.flushHeaders();
    await pipeline(answered, outgoing);
  }
}

async function requestOf(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const body = Buffer.concat(await incoming.toArray()).toString("utf8");
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    typeof value === "string" && !HOP_BY_HOP.has(name) ? [[name, value]] : [],
  );
  return {
    method: incoming.method as Request["method"],
    path: incoming.url ?? "/",
    headers: Object.fromEntries(headers) as Record<string, string>,
    ...(body !== "" && { body }),
    signal,
  };
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
]);

function endToEnd(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  );
}

async function* eventsOf(response: Awaited<Answer>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of readLines(response)) {
    yield encoder.encode(`${line}\n`);
  }
}
