import { type HttpTransport, readText, type TransportResponse } from "../../src/kube/transport.ts";
import { splitLines } from "../../src/kube/watch.ts";
import type { Body, WatchEvent } from "./body.ts";

/** What a server answered. `text` is the body as it came. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly text: string;
};

/** What goes along with a request. */
export type CallOptions = {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
};

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const TIMEOUT_MS = 30_000;
const LARGEST_ANSWER = 100_000_000;

/** As plain a client as the contract can be written with: paths in, status and JSON out. */
export class ContractClient {
  readonly #transport: HttpTransport;
  readonly #token: string | undefined;

  constructor(transport: HttpTransport, token: string | undefined) {
    this.#transport = transport;
    this.#token = token;
  }

  /** The same server for somebody else; without a token for nobody. */
  as(token: string | undefined): ContractClient {
    return new ContractClient(this.#transport, token);
  }

  async call(method: Method, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, contentType = "application/json" } = options;
    const answer = await this.#transport({
      method,
      path,
      headers: { ...this.#headers(options), ...(body !== undefined && { "content-type": contentType }) },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readAll(answer);
    return { status: answer.status, headers: answer.headers, body: parse(text), text };
  }

  get(path: string, accept?: string): Promise<Answer> {
    return this.call("GET", path, accept === undefined ? {} : { accept });
  }

  post(path: string, body: unknown, accept?: string): Promise<Answer> {
    return this.call("POST", path, { body, ...(accept !== undefined && { accept }) });
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.call("PUT", path, { body });
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.call("DELETE", path, body === undefined ? {} : { body });
  }

  merge(path: string, body: unknown): Promise<Answer> {
    return this.call("PATCH", path, { body, contentType: "application/merge-patch+json" });
  }

  json(path: string, body: unknown): Promise<Answer> {
    return this.call("PATCH", path, { body, contentType: "application/json-patch+json" });
  }

  strategic(path: string, body: unknown): Promise<Answer> {
    return this.call("PATCH", path, { body, contentType: "application/strategic-merge-patch+json" });
  }

  /** Server-side apply; the query of `path` names the field manager. */
  apply(path: string, body: unknown): Promise<Answer> {
    return this.call("PATCH", path, { body, contentType: "application/apply-patch+yaml" });
  }

  /** The events of a watch until the server ends it or the caller stops reading. */
  async *watch(path: string, accept?: string): AsyncGenerator<WatchEvent, void> {
    const answer = await this.#transport({
      method: "GET",
      path,
      headers: this.#headers(accept === undefined ? {} : { accept }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.status !== 200) {
      throw new Error(`watch of ${path} answered ${answer.status}: ${await readAll(answer)}`);
    }
    for await (const line of splitLines(answer.body, LARGEST_ANSWER)) {
      yield JSON.parse(line) as WatchEvent;
    }
  }

  #headers({ accept = "application/json" }: CallOptions): Record<string, string> {
    return { accept, ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }) };
  }
}

function readAll({ body }: TransportResponse): Promise<string> {
  return readText(body, LARGEST_ANSWER);
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
