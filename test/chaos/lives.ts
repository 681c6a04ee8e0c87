import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { POD_NAMESPACE, PULL_SECRET, pullSecret } from "../support/world.ts";
import { ACCESSES, CLUSTER_REQUESTS, RELEASES, SOURCES } from "./installed.ts";
import { earlierLives, type HandOverLifeName, handOverLives } from "./hand-over-lives.ts";
import { type Life, People } from "./people.ts";
import type { Stage } from "./stage.ts";
import { TENANTS, type TenantRef } from "./tenants.ts";

/** Names a life. */
export type LifeName =
  | "whole"
  | "neighbours"
  | "planeGoes"
  | "again"
  | "restless"
  | "hasty"
  | "midway"
  | "regret"
  | "blocked"
  | "planeAgain"
  | "lost"
  | "secrets"
  | "together"
  | "rarely"
  | "workload"
  | "workloadRegret"
  | "workloadAndBack"
  | "misspelt"
  | HandOverLifeName;

const OLD = "0.4.0";
const NEW = "0.5.0";

const { one, two, three } = TENANTS;

const lives: Readonly<Record<LifeName, Life>> = {
  /** Ordered, asked for before the control plane is there, upgraded, changed, downgraded, blocked, removed, gone. */
  whole: async (people) => {
    await people.ask(one, OLD);
    await people.order(one);
    await people.ready(one, OLD);
    await people.createRepository(one);
    await people.upgrade(one, NEW);
    await people.configure({ values: { manager: { concurrency: { resource: 7 } } } });
    await people.pause(300);
    await people.upgrade(one, OLD);
    await people.withdraw(one);
    await people.says(one, "deletion blocked");
    await people.deleteRepository(one);
    await people.gone(one);
    await people.remove(one);
  },
  /** One stays, upgraded and with other values, while another of the same name goes with its control plane. */
  neighbours: async (people) => {
    await Promise.all([people.order(one), people.order(two), people.ask(two, NEW)]);
    await people.ask(one, OLD);
    await people.ready(two, NEW);
    await people.configure({ values: { manager: { replicas: 2 } } });
    await Promise.all([people.remove(two), people.change(one, NEW)]);
    await people.ready(one, NEW);
  },
  /** The control plane goes while the user still has an object on it, which blocks until it is removed. */
  planeGoes: async (people) => {
    await people.order(three);
    await people.install(three, OLD);
    await people.createRepository(three);
    const removed = people.remove(three);
    await people.says(three, "deletion blocked");
    await people.deleteRepository(three);
    await removed;
  },
  /** Deleted and asked for again in the same instant, with another version, twice. */
  again: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.uninstall(one);
    await people.ask(one, NEW);
    await people.pause(30);
    await people.uninstall(one);
    await people.install(one, OLD);
  },
  /** A user who cannot decide, and never waits. */
  restless: async (people) => {
    const pauses = [5, 40, 150, 400, 20, 90];
    await Promise.all([people.ask(one, OLD), people.order(one)]);
    for (const [index, ms] of pauses.entries()) {
      await people.pause(ms);
      await people.change(one, index % 2 === 0 ? NEW : OLD);
    }
    await people.pause(60);
    await people.upgrade(one, NEW);
  },
  /** Removed in the middle of being installed. */
  hasty: async (people) => {
    await people.order(one);
    await people.ask(one, OLD);
    await people.world.until(() => people.world.peek("platform", RELEASES, releaseKey(one)) !== undefined);
    await people.uninstall(one);
    await people.ask(two, NEW);
    await people.says(two, "waiting for control plane");
    await people.uninstall(two);
  },
  /** Removed while Helm brings the first objects up, and wanted again. */
  midway: async (people) => {
    await people.order(one);
    await people.ask(one, OLD);
    await people.world.until(() => people.world.peek(namespaceOf(one), "secrets", FIRST_RECORD) !== undefined);
    await people.uninstall(one);
    await people.install(one, NEW);
  },
  /** Taken back at the first sign of anything. */
  regret: async (people) => {
    await people.order(one);
    for (const collection of [ACCESSES, SOURCES]) {
      await people.ask(one, OLD);
      await people.world.until(() => people.world.hasAny("platform", collection, namespaceOf(one)));
      await people.uninstall(one);
    }
  },
  /** Ends blocked: the release has to stay. */
  blocked: async (people) => {
    await people.order(one);
    await people.install(one, NEW);
    await people.createRepository(one);
    await people.withdraw(one);
    await people.says(one, "deletion blocked");
  },
  /** The control plane goes and comes again under the same name. */
  planeAgain: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.remove(one);
    await people.order(one);
    await people.install(one, NEW);
  },
  /** The control plane is lost without a word, and then nobody wants the toolkit any more. */
  lost: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.world.ground.platform.client.delete(
      ref("clusterRequest", one.name, tenantNamespace(one.name, one.namespace)),
    );
    await people.uninstall(one);
  },
  /** Secrets change: a wrong login, another Secret, secrets and values that go to the control plane. */
  secrets: async (people) => {
    const { platform, charts } = people.world.ground;
    await people.order(one);
    await people.install(one, OLD);
    await platform.client.create(pullSecret('{"auths":{}}', "images"));
    await platform.client.create(pullSecret(charts.dockerConfigJson, "second-login"));
    const wrong = Buffer.from(charts.wrongDockerConfigJson).toString("base64");
    await platform.client.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), {
      data: { ".dockerconfigjson": wrong },
    });
    await people.change(one, NEW);
    await people.pause(500);
    await people.configure({
      imagePullSecret: { name: "second-login" },
      values: { manager: { imagePullSecrets: [{ name: "images" }] } },
    });
    await people.ready(one, NEW);
  },
  /** One goes, the operator names another Secret, and somebody else comes, all at once. */
  together: async (people) => {
    const { platform, charts } = people.world.ground;
    await platform.client.create(pullSecret(charts.dockerConfigJson, "second-login"));
    await Promise.all([people.order(one), people.order(two)]);
    await people.install(one, OLD);
    await people.withdraw(one);
    await people.configure({ imagePullSecret: { name: "second-login" } });
    await people.pause(200);
    await people.install(two, NEW);
    await people.gone(one);
  },
  /** Nobody is looked at again for half an hour unless something tells of a reason. */
  rarely: async (people) => {
    await people.configure({ pollInterval: "30m" });
    await people.ask(one, OLD);
    await people.order(one);
    await people.ready(one, OLD);
    await people.upgrade(one, NEW);
    await people.uninstall(one);
    await people.ask(one, NEW);
    await people.world.until(() => people.world.peek("platform", RELEASES, releaseKey(one)) !== undefined);
    await people.uninstall(one);
    await people.install(one, OLD);
  },
  /** The toolkit runs on a cluster of its own, which goes with it. */
  workload: async (people) => {
    await people.configure({ targetCluster: "Workload" });
    await people.ask(one, OLD);
    await people.order(one);
    await people.ready(one, OLD);
    await people.upgrade(one, NEW);
    await people.uninstall(one);
  },
  /** A workload cluster is ordered, and taken back at the first sign of anything. */
  workloadRegret: async (people) => {
    await people.configure({ targetCluster: "Workload" });
    await people.order(one);
    for (const collection of [CLUSTER_REQUESTS, ACCESSES, RELEASES]) {
      await people.ask(one, OLD);
      await people.world.until(() => people.world.hasAny("platform", collection, namespaceOf(one)));
      await people.uninstall(one);
    }
  },
  /** First on a workload cluster, then on the control plane. */
  workloadAndBack: async (people) => {
    await people.configure({ targetCluster: "Workload" });
    await people.order(one);
    await people.install(one, OLD);
    await people.configure({ targetCluster: "ManagedControlPlane" });
    await people.uninstall(one);
    await people.install(one, NEW);
  },
  /** Ordered as the web UI does, corrected when the condition says how, and taken back where it has not been. */
  misspelt: async (people) => {
    await people.order(one);
    await people.ask(one, `v${OLD}`);
    await people.says(one, `write ${OLD}`);
    await people.change(one, "latest");
    await people.says(one, `the newest is ${people.world.ground.charts.versions.at(-1) ?? ""}`);
    await people.upgrade(one, OLD);
    await people.change(one, `v${NEW}`);
    await people.says(one, `write ${NEW}`);
    await people.configure({ versions: [{ version: NEW }] });
    await people.ready(one, NEW);
    await people.upgrade(one, NEW);
    await people.configure({ versions: [] });
    await people.change(one, "v9.9.9");
    await people.says(one, "9.9.9 cannot be fetched either");
    await people.uninstall(one);
  },
  ...handOverLives,
};

const FIRST_RECORD = "ocm-k8s-toolkit-system/sh.helm.release.v1.ocm-k8s-toolkit.v1";

function namespaceOf({ name, namespace }: TenantRef): string {
  return tenantNamespace(name, namespace);
}

function releaseKey(tenant: TenantRef): string {
  return `${namespaceOf(tenant)}/sp-ocm-k8s-toolkit`;
}

/** All lives. */
export const LIVES: readonly LifeName[] = Object.keys(lives) as LifeName[];

/** Those in which an installation is handed over from one object to another. */
export const HAND_OVER_LIVES: readonly LifeName[] = Object.keys(handOverLives) as HandOverLifeName[];

/** Plays what comes before a life, and before the provider starts. */
export async function playBefore(name: LifeName, world: Stage): Promise<void> {
  await earlierLives[name]?.(new People(world));
}

/** Plays a life to its end; what happens then is up to the provider. */
export function playLife(name: LifeName, world: Stage): Promise<void> {
  return lives[name](new People(world));
}
