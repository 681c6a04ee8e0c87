import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request as send, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

import type { Address } from "../../ground/ground.ts";
import { type Certificate, createCertificate } from "../../sim/certificate.ts";
import { ActiveFault, type Fault, type FaultScope, type PassingRequest } from "./fault.ts";

/**
 * Stands between clients and one API server as HTTPS on 127.0.0.1, and does to requests what a bad day does.
 *
 * The first fault that is for a request decides; without one it passes, watches included.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #certificate: Certificate;
  readonly #faults = new Set<ActiveFault>();
  readonly #passed: PassingRequest[] = [];
  readonly #watches = new Map<ServerResponse, PassingRequest>();
  #upstream: { readonly url: string; readonly agent: Agent } | undefined;

  private constructor(certificate: Certificate) {
    this.#certificate = certificate;
    this.#server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (incoming, outgoing) => {
      // What fails on the way fails for the client too.
      this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** Starts a proxy on a free port. It refuses everything until it is aimed at an API server. */
  static async start(): Promise<FaultProxy> {
    const proxy = new FaultProxy(await createCertificate());
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** Where clients find it. */
  get address(): Required<Address> {
    const { port } = this.#server.address() as AddressInfo;
    return { server: `https://127.0.0.1:${port}`, caPem: this.#certificate.caPem };
  }

  /** Requests that were passed on, in the order of arrival. */
  get passed(): readonly PassingRequest[] {
    return this.#passed;
  }

  /** Passes on to this API server from now on. */
  aim({ server, caPem }: Address): void {
    this.#upstream?.agent.destroy();
    this.#upstream = { url: server, agent: new Agent({ keepAlive: true, ...(caPem !== undefined && { ca: caPem }) }) };
  }

  /** Puts a fault in force. */
  inject(fault: Fault, scope: FaultScope): ActiveFault {
    const active = new ActiveFault(fault, scope);
    this.#faults.add(active);
    return active;
  }

  /** Breaks the connections of open watches, and tells how many there were. */
  cutWatches(matches: (request: PassingRequest) => boolean = () => true): number {
    const chosen = [...this.#watches].filter(([, request]) => matches(request));
    chosen.forEach(([outgoing]) => outgoing.destroy());
    return chosen.length;
  }

  /** Lifts every fault. */
  heal(): void {
    this.#faults.forEach((fault) => fault.lift());
    this.#faults.clear();
  }

  /** Breaks every connection and ends. */
  async close(): Promise<void> {
    this.heal();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    this.#upstream?.agent.destroy();
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = describe(incoming);
    const body = Buffer.concat(await incoming.toArray());
    const active = [...this.#faults].find((one) => one.takes(request));
    if (active !== undefined && (await endsHere(active, outgoing))) {
      return;
    }
    if (!outgoing.destroyed) {
      await this.#pass(request, { incoming, body, outgoing, losesAnswer: active?.fault.do === "losesAnswer" });
    }
  }

  async #pass(request: PassingRequest, { incoming, body, outgoing, losesAnswer }: Passing): Promise<void> {
    this.#passed.push(request);
    const answer = await this.#ask(incoming, body, outgoing);
    if (losesAnswer) {
      answer.resume();
      outgoing.destroy();
      return;
    }
    if (request.isWatch) {
      this.#watches.set(outgoing, request);
    }
    try {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      await pipeline(answer, outgoing);
    } finally {
      this.#watches.delete(outgoing);
    }
  }

  #ask({ method, url, headers }: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<IncomingMessage> {
    const upstream = this.#upstream;
    if (upstream === undefined) {
      throw new Error("the proxy is not aimed at an API server");
    }
    return new Promise((resolve, reject) => {
      const { host: _, "transfer-encoding": _1, ...passedOn } = headers;
      const framed = body.length === 0 ? passedOn : { ...passedOn, "content-length": String(body.length) };
      const asked = send(
        new URL(url ?? "/", upstream.url),
        { method, agent: upstream.agent, headers: framed },
        resolve,
      );
      asked.once("error", reject);
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) {
          asked.destroy();
        }
      });
      asked.end(body);
    });
  }
}

/** Does to a request what a fault says, as long as it is on this side of the API server; true when that is all. */
async function endsHere({ fault, lifted }: ActiveFault, outgoing: ServerResponse): Promise<boolean> {
  switch (fault.do) {
    case "cut":
      outgoing.destroy();
      return true;
    case "answer":
      outgoing.writeHead(fault.status, fault.headers);
      outgoing.end(fault.body);
      return true;
    case "swallow":
      return true;
    case "hold":
      await lifted;
      return false;
    case "losesAnswer":
    case "nothing":
      return false;
  }
}

type Passing = {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly outgoing: ServerResponse;
  readonly losesAnswer: boolean;
};

function describe({ method = "", url: path = "", headers }: IncomingMessage): PassingRequest {
  return {
    method,
    path,
    userAgent: headers["user-agent"] ?? "",
    token: headers.authorization?.replace(/^Bearer /u, "") ?? "",
    isWatch: /[?&]watch=(?:true|1)(?:&|$)/u.test(path),
  };
}
