import { type Agent, request } from "undici";
import type { Body, WatchEvent } from "./body.ts";

/** What a server answered. `text` is the body as it came. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
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

/** As plain a client as the contract can be written with: paths in, status and JSON out. */
export class ContractClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  constructor(url: string, token: string | undefined, agent: Agent) {
    this.#url = url;
    this.#token = token;
    this.#agent = agent;
  }

  /** The same server for somebody else; without a token for nobody. */
  as(token: string | undefined): ContractClient {
    return new ContractClient(this.#url, token, this.#agent);
  }

  async call(method: Method, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, contentType = "application/json" } = options;
    const answer = await request(`${this.#url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { ...this.#headers(options), ...(body !== undefined && { "content-type": contentType }) },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, body: parse(text), text };
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
    const answer = await request(`${this.#url}${path}`, {
      dispatcher: this.#agent,
      headers: this.#headers(accept === undefined ? {} : { accept }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.statusCode !== 200) {
      throw new Error(`watch of ${path} answered ${answer.statusCode}: ${await answer.body.text()}`);
    }
    let rest = "";
    for await (const chunk of answer.body.setEncoding("utf8")) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        yield JSON.parse(line) as WatchEvent;
      }
    }
  }

  #headers({ accept = "application/json" }: CallOptions): Record<string, string> {
    return { accept, ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }) };
  }
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
