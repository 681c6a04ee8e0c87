import { systemClock } from "../../src/kube/clock.ts";
import { Feed } from "../../src/openmcp/dashboard/feed.ts";
import { keyOfRow } from "../../src/openmcp/dashboard/messages.ts";
import { type DashboardOptions, type DashboardServer, startDashboard } from "../../src/openmcp/dashboard/server.ts";
import { createLogger } from "../../src/runtime/log.ts";
import { madeUpRow, madeUpTree } from "./made-up-tenants.ts";

/** The dashboard of tenants that do not exist. */
export type MadeUp = DashboardServer & {
  readonly feed: Feed;
  /** What the command would print. */
  readonly address: string;
};

const TOKEN = "made-up";

/** A feed of tenants that are made up. */
export function madeUpFeed(tenants: number): Feed {
  const feed = new Feed({ type: "about", program: "service-provider-ocm", version: "0.5.0", kind: "OCM" });
  for (let index = 1; index <= tenants; index += 1) {
    const row = madeUpRow(index);
    feed.set(keyOfRow(row), row);
  }
  feed.complete();
  feed.setCluster({ type: "cluster", state: "live", message: "" });
  return feed;
}

/** Serves the tenants of a feed. */
export async function serveMadeUp(feed: Feed, options: Partial<DashboardOptions> = {}): Promise<MadeUp> {
  const server = await startDashboard({
    port: 0,
    token: TOKEN,
    feed,
    readTree: (row) => Promise.resolve(madeUpTree(row)),
    clock: systemClock,
    log: createLogger({ level: "silent", pretty: false }),
    ...options,
  });
  return { ...server, feed, address: `http://127.0.0.1:${server.port}/#token=${TOKEN}` };
}
