import type { IncomingMessage } from "node:http";
import { Agent, request as send } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { readAccess } from "../../sandbox/connect.ts";
import type { Obj } from "../../sim/object.ts";

/** One request: its path with query, and what is sent. */
export type LeanRequest = {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
};

/** What came back. */
export type LeanAnswer = { readonly status: number; readonly text: string };

/** How an object came to be seen. */
export type LeanEvent<T extends Obj> = { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T };

type Line<T extends Obj> = { readonly type: string; readonly object: T };
type List<T extends Obj> = { readonly metadata: { readonly resourceVersion: string }; readonly items: readonly T[] };

const RETRY_MS = 500;
/** No answer, a conflict, too many requests. */
const TRANSIENT: ReadonlySet<number> = new Set([0, 409, 429]);
const ATTEMPTS = 20;
const WATCH_SECONDS = 3600;
const MERGE_PATCH = "application/merge-patch+json";

/** A client without conveniences: the processor time that a bench takes is missing to what the bench measures. */
export class LeanClient {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #watchAgent: Agent;
  #isClosed = false;

  constructor(kubeconfig: string, maxSockets: number) {
    const { url, caPem, token } = readAccess(kubeconfig);
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ ca: caPem, keepAlive: true, maxSockets });
    this.#watchAgent = new Agent({ ca: caPem });
  }

  /** Sends a request and waits for its whole answer, whatever the status. */
  async send(request: LeanRequest): Promise<LeanAnswer> {
    const incoming = await this.#open(request, this.#agent);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer);
    }
    return { status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
  }

  /** The same, and throws unless the answer is a success or one of the tolerated codes. */
  async ask(request: LeanRequest, ...tolerated: readonly number[]): Promise<string> {
    let answer = await this.#attempt(request);
    // A server breaks connections and refuses requests while the storage of a new CRD is not there yet, and gives up a
    // patch that loses to others again and again.
    const isTransient = ({ status }: LeanAnswer): boolean => TRANSIENT.has(status) && !tolerated.includes(status);
    for (let left = ATTEMPTS; left > 0 && isTransient(answer); left -= 1) {
      await sleep(RETRY_MS);
      answer = await this.#attempt(request);
    }
    const { status, text } = answer;
    if (status === 0) {
      throw new Error(`expected an answer to ${request.method} ${request.path}, found ${text}`);
    }
    if (status >= 300 && !tolerated.includes(status)) {
      throw new Error(`expected ${request.method} ${request.path} to succeed, found ${status}: ${text.slice(0, 300)}`);
    }
    return text;
  }

  async #attempt(request: LeanRequest): Promise<LeanAnswer> {
    try {
      return await this.send(request);
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  }

  /** Creates an object in a collection; one that is there already stays. */
  async create(path: string, object: object): Promise<void> {
    await this.ask({ method: "POST", path, body: JSON.stringify(object) }, 409);
  }

  /** Merges a patch into an object; one that is gone stays gone. */
  async merge(path: string, patch: object): Promise<void> {
    await this.ask({ method: "PATCH", path, body: JSON.stringify(patch), contentType: MERGE_PATCH }, 404);
  }

  /** Tells of each object of a collection and of each change, from now until `close`. */
  async follow<T extends Obj>(path: string, see: (event: LeanEvent<T>) => void): Promise<void> {
    const known = new Map<string, T>();
    const note = (event: LeanEvent<T>): void => {
      const key = `${event.object.metadata.namespace ?? ""}/${event.object.metadata.name}`;
      if (event.type === "DELETED") {
        known.delete(key);
      } else {
        const { name, namespace, uid } = event.object.metadata;
        known.set(key, { metadata: { name, namespace, uid } } as T);
      }
      see(event);
    };
    let from = await this.#relist(path, known, note);
    void (async () => {
      for (;;) {
        await this.#watch<T>(`${path}?watch=true&resourceVersion=${from}&timeoutSeconds=${WATCH_SECONDS}`, note);
        await sleep(RETRY_MS / 10);
        if (this.#isClosed) {
          return;
        }
        from = await this.#relist(path, known, note);
      }
    })();
  }

  /** Ends what follows collections. The servers may be stopped then. */
  close(): void {
    this.#isClosed = true;
    this.#watchAgent.destroy();
    this.#agent.destroy();
  }

  async #relist<T extends Obj>(
    path: string,
    known: ReadonlyMap<string, T>,
    note: (event: LeanEvent<T>) => void,
  ): Promise<string> {
    const list = JSON.parse(await this.ask({ method: "GET", path })) as List<T>;
    const there = new Set(list.items.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`));
    for (const [key, object] of known) {
      if (!there.has(key)) {
        note({ type: "DELETED", object });
      }
    }
    for (const object of list.items) {
      note({ type: "MODIFIED", object });
    }
    return list.metadata.resourceVersion;
  }

  // A server ends a watch that cannot keep up: whoever follows lists again.
  async #watch<T extends Obj>(path: string, note: (event: LeanEvent<T>) => void): Promise<void> {
    try {
      const incoming = await this.#open({ method: "GET", path }, this.#watchAgent);
      for await (const line of linesOf(incoming)) {
        const { type, object } = JSON.parse(line) as Line<T>;
        if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") {
          return;
        }
        note({ type, object });
      }
    } catch {
      // The connection broke; what was missed is in the list.
    }
  }

  #open({ method, path, body, contentType }: LeanRequest, agent: Agent): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.#token}`,
        "user-agent": "bench",
        ...(body !== undefined && {
          "content-type": contentType ?? "application/json",
          "content-length": String(Buffer.byteLength(body)),
        }),
      };
      const outgoing = send(new URL(path, this.#url), { method, headers, agent }, resolve);
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
}

async function* linesOf(incoming: IncomingMessage): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of incoming.setEncoding("utf8")) {
    const lines = `${rest}${chunk as string}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Does something with each item, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  atATime: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const work = async (): Promise<void> => {
    for (const item of left) {
      await act(item);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}
