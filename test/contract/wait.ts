import { setTimeout as delay } from "node:timers/promises";
import type { Body, WatchEvent } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";

const ATTEMPTS = 400;
const PAUSE_MS = 50;

/** Follows an object until it is as wanted; `undefined` stands for gone. The collection is watched, not polled. */
export async function waitFor(
  client: ContractClient,
  collection: string,
  name: string,
  isWanted: (object: Body | undefined) => boolean,
): Promise<Body | undefined> {
  const { status, body } = await client.get(`${collection}/${name}`);
  const found = status === 404 ? undefined : body;
  if (isWanted(found)) {
    return found;
  }
  const page = await client.get(`${collection}?fieldSelector=metadata.name%3D${name}`);
  const [current] = page.body.items ?? [];
  if (isWanted(current)) {
    return current;
  }
  const query = `watch=true&fieldSelector=metadata.name%3D${name}`;
  const from = page.body.metadata?.resourceVersion ?? "";
  for await (const { type, object } of client.watch(`${collection}?${query}&resourceVersion=${from}`)) {
    const state = type === "DELETED" ? undefined : object;
    if (isWanted(state)) {
      return state;
    }
  }
  throw new Error(`${collection}/${name} did not become as wanted`);
}

/** Reads a watch until `count` events have come (bookmarks left out). */
export async function readEvents(client: ContractClient, path: string, count: number): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of client.watch(path)) {
    if (event.type !== "BOOKMARK") {
      events.push(event);
    }
    if (events.length === count) {
      break;
    }
  }
  return events;
}

/** Asks until the answer is as wanted: for what no watch tells, such as a CRD whose paths are not served yet. */
export async function ask<T>(question: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = await question();
    if (isWanted(answer)) {
      return answer;
    }
    await delay(PAUSE_MS);
  }
  throw new Error("the answer did not become as wanted");
}
