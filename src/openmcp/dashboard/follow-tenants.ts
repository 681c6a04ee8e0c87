import type { Clock } from "../../kube/clock.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { Informer, type ListWatch } from "../../runtime/informer.ts";
import type { Log } from "../../runtime/log.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { describeError } from "../command/describe-error.ts";
import { leadingRow, type RowRules, rowOf } from "../inspect/tenant-row.ts";
import type { ServiceObject } from "../service/status.ts";
import type { Feed } from "./feed.ts";

/** Where tenants are followed, and how. */
export type FollowOptions = {
  readonly onboarding: ListWatch<ServiceObject>;
  /** The kind of the tenants' objects in each of its API groups, the present one first. */
  readonly resources: readonly Resource<ServiceObject>[];
  readonly rules: RowRules;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** Keeps a feed equal to the tenants on the onboarding cluster, until `signal` is aborted. */
export async function followTenants(options: FollowOptions, feed: Feed, signal: AbortSignal): Promise<void> {
  const { onboarding, resources, rules, clock, random, log } = options;
  const report = (): void => feed.setCluster(contactOf(informers));
  const informers: readonly Informer<ServiceObject>[] = resources.map(
    (resource, index) =>
      new Informer({
        client: onboarding,
        resource,
        project: withoutManagers,
        isOptional: index > 0,
        clock,
        random,
        log,
        onContact: report,
        onFailure: report,
      }),
  );
  for (const { store } of informers) {
    store.onChange(({ key }) => {
      const objects = informers.map((informer) => informer.store.get(key)).filter((object) => object !== undefined);
      feed.set(key, leadingRow(objects.map((object) => rowOf(object, rules))));
    });
  }
  const running = informers.map((informer) => informer.run(signal));
  await Promise.all(informers.map((informer) => informer.synced(signal)));
  feed.complete();
  report();
  await Promise.all(running);
}

// They are half of an object, and nothing of them is shown.
function withoutManagers(object: ServiceObject): ServiceObject {
  const { managedFields: _, ...metadata } = object.metadata as ServiceObject["metadata"] & { managedFields?: unknown };
  return { ...object, metadata };
}

function contactOf(informers: readonly Informer<KubeObject>[]): Parameters<Feed["setCluster"]>[0] {
  const failure = informers.map((informer) => informer.failure()).find((found) => found !== undefined);
  if (failure !== undefined) {
    const message = `The onboarding cluster cannot be read: ${maskSecrets(describeError(failure.error))}.`;
    return { type: "cluster", state: "lost", message, since: new Date(failure.sinceMs).toISOString() };
  }
  const state = informers.every((informer) => informer.hasSynced()) ? "live" : "connecting";
  return { type: "cluster", state, message: "" };
}
