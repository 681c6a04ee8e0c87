import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { type DashboardProcess, startDashboardProcess } from "../../ground/dashboard-process.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";
import type { TenantRow } from "../../src/openmcp/inspect/tenant-row.ts";
import type { Message, TreeAnswer } from "../../src/openmcp/dashboard/messages.ts";
import { readServerEvents } from "../../src/openmcp/dashboard/page/stream.ts";
import { install } from "../support/install.ts";
import { ocmRef } from "../support/kinds.ts";
import { prepare, startWorld, type World } from "../support/world.ts";

const TENANT = { name: "mcp-01", namespace: "project-x--ws-y" };
const WRITES = ["create", "update", "patch", "delete", "deletecollection"];

describe("the command dashboard", () => {
  let world: World;
  let provider: ProviderProcess;
  const processes: DashboardProcess[] = [];

  before(async () => {
    world = await startWorld();
    await prepare(world);
    await world.configure();
    provider = await world.run();
    await install(world, TENANT);
  });
  after(async () => {
    await Promise.all(processes.map((dashboard) => dashboard.stop()));
    await world.stop();
  });

  async function start(): Promise<DashboardProcess> {
    const { ground } = world;
    const logPath = join(ground.folder, `dashboard-${processes.length}.log`);
    const dashboard = await startDashboardProcess({ kubeconfigPath: ground.platform.kubeconfigPath, logPath });
    processes.push(dashboard);
    return dashboard;
  }

  it("shows each tenant, and each change, until it is stopped", async () => {
    const { onboarding } = world;
    const dashboard = await start();
    const page = follow(dashboard);

    const ready = await page.until((row) => row?.phase === "Ready");
    assert.deepEqual([ready.name, ready.namespace], [TENANT.name, TENANT.namespace]);
    await onboarding.patchMerge(ocmRef(TENANT), { metadata: { annotations: { "openmcp.cloud/operation": "ignore" } } });
    await onboarding.patchMerge(ocmRef(TENANT), { spec: { version: world.ground.charts.versions[1] } });
    const changed = await page.until((row) => row?.wanted === world.ground.charts.versions[1]);
    assert.equal(changed.installed, world.ground.charts.versions[0]);

    await dashboard.stop();
    assert.equal(await dashboard.exited, 0);
  });

  it("reads, and writes nothing", async () => {
    const { ground } = world;
    await provider.stop();
    const clusters = [ground.platform, ground.onboarding];
    const counts = await Promise.all(clusters.map(async (cluster) => (await ground.requests(cluster)).length));
    const dashboard = await start();

    await follow(dashboard).until((row) => row !== undefined);
    const { row, tree } = await readTree(dashboard);

    assert.equal(row.name, TENANT.name);
    assert.equal(tree.name, TENANT.name);
    for (const [index, cluster] of clusters.entries()) {
      const requests = (await ground.requests(cluster)).slice(counts[index]);
      const own = requests.filter(({ userAgent }) => userAgent.startsWith("service-provider-ocm/"));
      assert.notEqual(own.length, 0, cluster.name);
      assert.deepEqual(
        own.filter(({ verb }) => WRITES.includes(verb)),
        [],
      );
    }
  });

  it("says that the onboarding cluster does not answer, and goes on when it does", async () => {
    const { ground } = world;
    const dashboard = await start();
    const page = follow(dashboard);
    await page.until((row) => row !== undefined);

    await ground.crash(ground.onboarding);
    const lost = await page.contact("lost");
    assert.match(lost.message, /^The onboarding cluster cannot be read: ./u);
    await ground.revive(ground.onboarding);
    await page.contact("live");
  });
});

/** What the page would get from the command. */
type Followed = {
  /** Reads on until the tenant is like that. */
  readonly until: (isSo: (row: TenantRow | undefined) => boolean) => Promise<TenantRow>;
  readonly contact: (state: "live" | "lost") => Promise<{ readonly message: string }>;
};

function follow(dashboard: DashboardProcess): Followed {
  const messages = messagesOf(dashboard);
  const next = async (): Promise<Message> => {
    const { value, done } = await messages.next();
    return done === true ? assert.fail("the stream has ended") : value;
  };
  let row: TenantRow | undefined;
  return {
    until: async (isSo) => {
      for (;;) {
        if (row !== undefined && isSo(row)) {
          return row;
        }
        const message = await next();
        row = message.type === "rows" ? (message.rows[0] ?? row) : row;
      }
    },
    contact: async (state) => {
      for (;;) {
        const message = await next();
        if (message.type === "cluster" && message.state === state) {
          return message;
        }
      }
    },
  };
}

async function* messagesOf(dashboard: DashboardProcess): AsyncGenerator<Message, undefined> {
  const { body } = await ask(dashboard, "/api/events");
  for await (const { data } of readServerEvents(body ?? assert.fail("there is a body"))) {
    yield JSON.parse(data) as Message;
  }
}

async function readTree(dashboard: DashboardProcess): Promise<TreeAnswer> {
  const answer = await ask(dashboard, `/api/tree?${new URLSearchParams(TENANT).toString()}`);
  return (await answer.json()) as TreeAnswer;
}

async function ask({ address }: DashboardProcess, path: string): Promise<Response> {
  const { origin, hash } = new URL(address);
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? "";
  const response = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 200);
  return response;
}
