import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { statesOf } from "./await-object.ts";
import { conditionOf, type SeenCondition, type ServiceObj } from "./ocm-status.ts";

/** What an object has said about itself, while it was listened to. */
export type Recording = {
  /** Each change of a condition: its status and its reason. */
  readonly changesOf: (type: string) => readonly string[];
  /** Every condition there has been. */
  readonly conditions: () => readonly SeenCondition[];
  /** Ends once it has heard what the object says now. */
  readonly stop: () => Promise<void>;
};

const DEADLINE_MS = 30_000;

/** Listens to every state of an object; the present one has been heard when this returns. */
export async function recordConditions(client: SimClient, object: ObjRef): Promise<Recording> {
  const stop = new AbortController();
  const states: ServiceObj[] = [];
  let latest: string | undefined;
  const { promise: isListening, resolve: listen } = Promise.withResolvers<void>();
  const endWhenHeard = (): void => {
    if (latest !== undefined && states.some(({ metadata }) => metadata.resourceVersion === latest)) {
      stop.abort();
    }
  };
  const recording = (async () => {
    for await (const state of statesOf<ServiceObj>(client, object, stop.signal)) {
      states.push(...(state === undefined ? [] : [state]));
      endWhenHeard();
      listen();
    }
  })();
  await Promise.race([isListening, recording]);
  return {
    changesOf: (type) => {
      const said = states.map((state) => conditionOf(state, type)).filter((condition) => condition !== undefined);
      const texts = said.map(({ status, reason }) => `${status} ${reason}`);
      return texts.filter((text, index) => text !== texts[index - 1]);
    },
    conditions: () => states.flatMap(({ status }) => status?.conditions ?? []),
    stop: async () => {
      latest = (await client.get(object)).metadata.resourceVersion;
      endWhenHeard();
      const timer = setTimeout(() => stop.abort(), DEADLINE_MS);
      await recording;
      clearTimeout(timer);
    },
  };
}
