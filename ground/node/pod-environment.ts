import { valueAt } from "../../sim/value-at.ts";
import type { Pod, PodContainer } from "./pod.ts";

/** Environment variables of a container, those that name fields of its pod included. */
export function podEnvironment(pod: Pod, { env = [] }: PodContainer, podIP: string): Record<string, string> {
  const seen = { ...pod, status: { ...pod.status, podIP } };
  const entries = env.map(({ name, value = "", valueFrom }): [string, string] => {
    const path = valueFrom?.fieldRef?.fieldPath;
    return [name, path === undefined ? value : fieldOf(seen, path)];
  });
  return Object.fromEntries(entries);
}

function fieldOf(pod: unknown, path: string): string {
  const found = valueAt(pod, ...path.split("."));
  if (typeof found !== "string") {
    throw new Error(`expected the pod to have a text at ${path}, found ${JSON.stringify(found)}`);
  }
  return found;
}
