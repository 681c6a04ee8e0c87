import type { RecordedState } from "./recording.ts";

/**
 * The states of one object without what differs from run to run, adjacent equal ones merged.
 *
 * Times and durations become constants. Each digest becomes a number in the order of appearance, also where a version
 * carries the beginning of one. Conditions are sorted by type.
 */
export function normalize(states: readonly RecordedState[]): readonly object[] {
  const texts = states.map((state) => JSON.stringify(sorted(essence(state))));
  const digests = [...new Set(texts.flatMap((text) => text.match(/sha256:[0-9a-f]{64}/g) ?? []))];
  const labelled = texts.map((text) => label(text, digests));
  return labelled.filter((text, index) => text !== labelled[index - 1]).map((text) => JSON.parse(text) as object);
}

function label(text: string, digests: readonly string[]): string {
  return digests.reduce((result, digest, index) => {
    const short = `+${digest.replace("sha256:", "").slice(0, 12)}`;
    return result.replaceAll(digest, `digest ${String(index)}`).replaceAll(short, `+digest ${String(index)}`);
  }, text);
}

type Condition = { readonly type: string };

function essence({ event, generation, deletionTimestamp, finalizers = [], status = {} }: RecordedState): object {
  const { conditions = [], ...rest } = status;
  return {
    gone: event === "DELETED",
    deleting: deletionTimestamp !== undefined,
    generation,
    finalizers: event === "DELETED" ? [] : finalizers,
    conditions: (conditions as readonly Condition[]).toSorted((left, right) => (left.type < right.type ? -1 : 1)),
    ...rest,
  };
}

const IGNORED = new Set(["lastTransitionTime", "size"]);

function sorted(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => sorted(item));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([name]) => !IGNORED.has(name));
    const inOrder = entries.toSorted(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(inOrder.map(([name, item]) => [name, sorted(item, name)]));
  }
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) {
    return "a time";
  }
  return key === "lastAttemptedReleaseActionDuration" ? "a duration" : value;
}
