import type { Address } from "../../../ground/ground.ts";
import { type Certificate, createCertificate } from "../../../sim/certificate.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { InterposedServer } from "./interposed-server.ts";

/** What lies between the provider's pods and API servers. */
export type Between = {
  /** The pod to whose process a port of this machine belongs; `undefined` for everybody else. */
  podAt(port: number): string | undefined;
  /** Has a pod's request pass on its way to the API server at an address. */
  route(
    sent: { readonly from: string; readonly server: string; readonly request: Exchange["request"] },
    deliver: (request: Exchange["request"]) => Answer,
  ): Answer;
};

/** Servers in front of API servers, one for each. Until `between` is set, everybody is served straight on. */
export class InterposedServers {
  between: Between | undefined;
  readonly #servers = new Map<string, InterposedServer>();
  readonly #foreign: Promise<Certificate> = createCertificate();

  /** Where an API server is reached through what lies between. */
  async before(upstream: Address): Promise<Address> {
    const known = this.#servers.get(upstream.server) ?? (await this.#start(upstream));
    this.#servers.set(upstream.server, known);
    return known.address;
  }

  /** What stands in front of the API server at an address. */
  inFrontOf(server: string): InterposedServer | undefined {
    return this.#servers.get(server);
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }

  async #start(upstream: Address): Promise<InterposedServer> {
    const { server } = upstream;
    return InterposedServer.start(upstream, {
      foreign: await this.#foreign,
      podAt: (port) => this.between?.podAt(port),
      pass: (from, request, deliver) => this.between?.route({ from, server, request }, deliver) ?? deliver(request),
    });
  }
}
