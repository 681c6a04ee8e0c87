import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Obj } from "../../sim/object.ts";

/** One line of a recording: something that was done, or the state an object was seen in. */
export type RecordedEvent = RecordedAction | RecordedState;

/** Something the recorder did. */
export type RecordedAction = { readonly atMs: number; readonly action: string };

/** An object as a watch reported it. */
export type RecordedState = {
  readonly atMs: number;
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly generation: number;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly status?: Readonly<Record<string, unknown>>;
};

/** What the real controllers did in one situation. */
export type Recording = { readonly what: string; readonly events: readonly RecordedEvent[] };

const FOLDER = join(import.meta.dirname, "..", "..", "sim", "flux", "recordings");

/** Reads the recording of a situation. */
export function readRecording(name: string): Recording {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Recording;
}

/** What a watch reports of an object, in the form of a recording. */
export function toState(event: RecordedState["event"], object: Obj): RecordedState {
  const { generation = 0, deletionTimestamp, finalizers } = object.metadata;
  return {
    atMs: 0,
    event,
    kind: object.kind,
    generation,
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(finalizers !== undefined && { finalizers }),
    status: (object["status"] ?? {}) as Record<string, unknown>,
  };
}

/** Whether a line is something that was done. */
export function isAction(event: RecordedEvent): event is RecordedAction {
  return "action" in event;
}
