import { refOf, type SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import { deepEqual } from "../deep-equal.ts";
import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import { listAt, valueAt } from "../value-at.ts";
import { type Condition, setCondition, type WantedCondition } from "./condition.ts";

/** What a draft needs to be written. */
export type DraftContext = {
  readonly client: SimClient;
  readonly clock: SimClock;
  readonly latencyMs: number;
};

/**
 * The status of one object while it is being reconciled.
 *
 * `save` writes what changed since the last time, as the Flux controllers do: the conditions first, then the rest.
 */
export class StatusDraft {
  readonly object: Obj;
  readonly #context: DraftContext;
  #conditions: readonly Condition[];
  #savedConditions: readonly Condition[];
  #fields: JsonObject;
  #savedFields: JsonObject;

  constructor(object: Obj, context: DraftContext) {
    this.object = object;
    this.#context = context;
    this.#conditions = listAt(object, "status", "conditions") as readonly Condition[];
    this.#savedConditions = this.#conditions;
    const { conditions: _, ...fields } = (valueAt(object, "status") ?? {}) as JsonObject;
    this.#fields = fields;
    this.#savedFields = fields;
  }

  /** `metadata.generation` the draft speaks about. */
  get generation(): number {
    return this.object.metadata.generation ?? 0;
  }

  /** `status.observedGeneration`, -1 before the first one. */
  get observedGeneration(): number {
    const observed = this.field("observedGeneration");
    return typeof observed === "number" ? observed : -1;
  }

  /** One field of the status other than the conditions. */
  field(name: string): unknown {
    return this.#fields[name];
  }

  /** Sets fields of the status; `undefined` removes one. */
  set(fields: JsonObject): void {
    this.#fields = { ...this.#fields, ...fields };
  }

  /** The condition of that type. */
  condition(type: string): Condition | undefined {
    return this.#conditions.find((condition) => condition.type === type);
  }

  /** Sets one condition for the current generation. */
  mark(type: string, status: Condition["status"], reason: string, message: string): void {
    const wanted: WantedCondition = { type, status, reason, message };
    const at = { generation: this.generation, time: kubeTime(this.#context.clock.now()) };
    this.#conditions = setCondition(this.#conditions, wanted, at);
  }

  /** Removes conditions. */
  drop(...types: readonly string[]): void {
    this.#conditions = this.#conditions.filter(({ type }) => !types.includes(type));
  }

  /** Writes what changed. */
  async save(): Promise<void> {
    if (!deepEqual(this.#conditions, this.#savedConditions)) {
      await this.#patch({ conditions: this.#conditions });
      this.#savedConditions = this.#conditions;
    }
    if (!deepEqual(this.#fields, this.#savedFields)) {
      await this.#patch(changesOf(this.#savedFields, this.#fields));
      this.#savedFields = this.#fields;
    }
  }

  async #patch(status: JsonObject): Promise<void> {
    const { client, clock, latencyMs } = this.#context;
    await clock.sleep(latencyMs);
    await client.patchMerge(refOf(this.object), { status }, { subresource: "status" });
  }
}

// A field that is as it was is left out, so that the server keeps what it has of it.
function changesOf(before: JsonObject, after: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => !deepEqual(before[name], after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? null]));
}
