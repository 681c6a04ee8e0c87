import { maskSecrets } from "../../runtime/mask-secrets.ts";
import { describeError } from "../command/describe-error.ts";
import { type FollowDeps, RowFollower } from "../inspect/follow-rows.ts";
import type { Feed } from "./feed.ts";
import type { ClusterMessage } from "./messages.ts";

/** Keeps a feed equal to the tenants on the onboarding cluster, until `signal` is aborted. */
export async function followTenants(
  deps: Omit<FollowDeps, "onContact">,
  feed: Feed,
  signal: AbortSignal,
): Promise<void> {
  const follower = new RowFollower({ ...deps, onContact: () => feed.setCluster(contactOf(follower, feed)) });
  follower.onChange((key) => feed.set(key, follower.row(key)));
  const running = follower.run(signal);
  await follower.synced(signal);
  feed.complete();
  feed.setCluster(contactOf(follower, feed));
  await running;
}

function contactOf(follower: RowFollower, { isComplete }: Feed): ClusterMessage {
  const failure = follower.failure();
  if (failure === undefined) {
    return { type: "cluster", state: isComplete ? "live" : "connecting", message: "" };
  }
  const message = `The onboarding cluster cannot be read: ${maskSecrets(describeError(failure.error))}.`;
  return { type: "cluster", state: "lost", message, since: new Date(failure.sinceMs).toISOString() };
}
