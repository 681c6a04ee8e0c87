import type { AboutMessage, ClusterMessage, Message, Refusal, RowsMessage, TreeAnswer } from "../messages.ts";
import { PATHS } from "../messages.ts";
import { readServerEvents } from "./stream.ts";
import type { Tenant } from "./tenants.ts";

/** Who is told of what the server sends. */
export type Listener = {
  readonly onAbout: (message: AboutMessage) => void;
  readonly onRows: (message: RowsMessage) => void;
  readonly onCluster: (message: ClusterMessage) => void;
  /** The command does not answer; `undefined`: it does again. */
  readonly onServer: (failure: string | undefined) => void;
};

/** The part of the browser that a connection works with. */
export type Surroundings = {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What the command has printed behind its address. */
  readonly token: string;
};

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;

/** Follows the stream of the server until `signal` is aborted, and asks again whenever it ends. */
export async function follow(surroundings: Surroundings, listener: Listener, signal: AbortSignal): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  let retryMs = FIRST_RETRY_MS;
  while (!isOver()) {
    try {
      const { body } = await ask(surroundings, PATHS.events, signal);
      for await (const { data } of readServerEvents(body ?? new ReadableStream<Uint8Array<ArrayBuffer>>())) {
        listener.onServer(undefined);
        retryMs = FIRST_RETRY_MS;
        tell(JSON.parse(data) as Message, listener);
      }
      listener.onServer("The command that serves this page has closed the connection.");
    } catch (error) {
      if (isOver()) {
        return;
      }
      listener.onServer(error instanceof RefusedError ? error.message : "The command that serves this page has ended.");
    }
    await surroundings.sleep(retryMs, signal);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  }
}

function tell(message: Message, { onAbout, onRows, onCluster }: Listener): void {
  switch (message.type) {
    case "about":
      return onAbout(message);
    case "cluster":
      return onCluster(message);
    case "rows":
      return onRows(message);
  }
}

/** Reads the objects of a tenant. */
export async function readTree(
  surroundings: Surroundings,
  { row }: Pick<Tenant, "row">,
  signal: AbortSignal,
): Promise<TreeAnswer> {
  const query = new URLSearchParams({ namespace: row.namespace, name: row.name });
  const answer = await ask(surroundings, `${PATHS.tree}?${query.toString()}`, signal);
  return (await answer.json()) as TreeAnswer;
}

/** The server has answered, and refuses. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}

async function ask({ fetch, token }: Surroundings, path: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${token}` }, cache: "no-store", signal });
  if (!response.ok) {
    const { error } = (await response.json().catch(() => ({ error: `the answer is ${response.status}` }))) as Refusal;
    throw new RefusedError(error);
  }
  return response;
}
