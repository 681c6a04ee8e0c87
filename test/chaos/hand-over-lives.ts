import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import type { GoNames } from "../support/go-provider.ts";
import { CURRENT_GROUP, EARLIER_GROUP } from "../support/kinds.ts";
import { ACCESSES, RELEASES } from "./installed.ts";
import type { Life } from "./people.ts";
import { TENANTS, type TenantRef, twinOf } from "./tenants.ts";

/** Names a life in which objects of both API groups, or of the current one alone, ask for an installation. */
export type HandOverLifeName =
  | "current"
  | "migrate"
  | "differs"
  | "back"
  | "bothGo"
  | "planeOfBoth"
  | "hastyTwin"
  | "saved"
  | "tooLate"
  | "flicker"
  | "restlessTwins"
  | "wrongTwin"
  | "ignoredTwin"
  | "neighbourTwins"
  | "rarelyTwins"
  | "workloadTwin"
  | "configs"
  | "kindsGo"
  | "kindsMissing"
  | "leftFirst"
  | "leftLater"
  | "leftRenamed"
  | "leftInHaste";

const OLD = "0.4.0";
const NEW = "0.5.0";
/** The Go provider installed with these values. */
const GO_VALUES = { values: { manager: { concurrency: { resource: 10 } } } };

const { one, two, three } = TENANTS;

/** Lives in which the installation of a tenant is handed over from one of its OCM objects to the other. */
export const handOverLives: Readonly<Record<HandOverLifeName, Life>> = {
  /** What tenants of today's platform do: only the current group is known to them. */
  current: async (people) => {
    const tenant = twinOf(one);
    await people.ask(tenant, OLD);
    await people.order(tenant);
    await people.ready(tenant, OLD);
    await people.createRepository(tenant);
    await people.upgrade(tenant, NEW);
    await people.withdraw(tenant);
    await people.says(tenant, "deletion blocked");
    await people.deleteRepository(tenant);
    await people.gone(tenant);
  },
  /** As a careful person migrates: the twin, a look at both, then the old one goes; the settings likewise. */
  migrate: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.copyConfig(EARLIER_GROUP, CURRENT_GROUP);
    await people.ask(twinOf(one), OLD);
    await people.configSays(EARLIER_GROUP, "Follows", "True");
    await people.follows(one, "True");
    await people.ready(twinOf(one), OLD);
    await people.removeConfig(EARLIER_GROUP);
    await people.uninstall(one);
    await people.upgrade(twinOf(one), NEW);
  },
  /** The twin asks for another version, and goes once both ask for the same. */
  differs: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), NEW);
    await people.follows(one, "False");
    await people.ready(twinOf(one), NEW);
    await people.change(one, NEW);
    await people.ready(one, NEW);
    await people.uninstall(twinOf(one));
    await people.ready(one, NEW);
  },
  /** Back to the earlier group, as somebody who wants the Go provider again, and forth once more. */
  back: async (people) => {
    await people.order(three);
    await people.install(twinOf(three), NEW);
    await people.ask(three, NEW);
    await people.follows(three, "True");
    await people.uninstall(twinOf(three));
    await people.ready(three, NEW);
    await people.ask(twinOf(three), NEW);
    await people.uninstall(three);
    await people.ready(twinOf(three), NEW);
  },
  /** Both are deleted at once: when all is settled, and in the middle of being installed. */
  bothGo: async (people) => {
    const bothGo = async (): Promise<void> => {
      await Promise.all([people.withdraw(one), people.withdraw(twinOf(one))]);
      await Promise.all([people.gone(one), people.gone(twinOf(one))]);
    };
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), OLD);
    await people.follows(one, "True");
    await bothGo();
    await Promise.all([people.ask(one, OLD), people.ask(twinOf(one), NEW)]);
    await people.world.until(() => people.world.peek("platform", RELEASES, releaseKey(one)) !== undefined);
    await bothGo();
  },
  /** The control plane goes with both objects, and with an object of the user that blocks until it is removed. */
  planeOfBoth: async (people) => {
    await people.order(three);
    await people.install(three, OLD);
    await people.createRepository(three);
    await people.ask(twinOf(three), OLD);
    await people.follows(three, "True");
    const removed = people.remove(three);
    await people.blocked(three);
    await people.deleteRepository(three);
    await removed;
  },
  /** Nobody waits: the old object goes in the instant in which its twin comes, in the middle of being installed. */
  hastyTwin: async (people) => {
    const replace = async (tenant: TenantRef, collection: string, version: string): Promise<void> => {
      await people.order(tenant);
      await people.ask(tenant, OLD);
      await people.world.until(() => people.world.hasAny("platform", collection, namespaceOf(tenant)));
      await people.ask(twinOf(tenant), version);
      await people.withdraw(tenant);
      await people.gone(tenant);
      await people.ready(twinOf(tenant), version);
    };
    await Promise.all([replace(one, RELEASES, OLD), replace(two, ACCESSES, NEW)]);
  },
  /** A deletion that is blocked by the user's objects is regretted: the twin takes over, and nothing goes. */
  saved: async (people) => {
    await people.order(one);
    await people.install(one, NEW);
    await people.createRepository(one);
    await people.withdraw(one);
    await people.says(one, "deletion blocked");
    await people.ask(twinOf(one), NEW);
    await people.gone(one);
    await people.ready(twinOf(one), NEW);
  },
  /** The twin comes when the release is being uninstalled: a new wish, in either direction. */
  tooLate: async (people) => {
    const isGoing = (): boolean => {
      const release = people.world.peek("platform", RELEASES, releaseKey(one));
      return release === undefined || release.metadata.deletionTimestamp !== undefined;
    };
    await people.order(one);
    await people.install(one, OLD);
    await people.withdraw(one);
    await people.world.until(isGoing);
    await people.ask(twinOf(one), NEW);
    await people.gone(one);
    await people.ready(twinOf(one), NEW);
    await people.withdraw(twinOf(one));
    await people.world.until(isGoing);
    await people.ask(one, NEW);
    await people.gone(twinOf(one));
    await people.ready(one, NEW);
  },
  /** Twins come and go, and one of the two objects is there at any time. */
  flicker: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    for (const ms of [5, 40, 150, 400]) {
      await people.ask(twinOf(one), OLD);
      await people.pause(ms);
      await people.uninstall(twinOf(one));
    }
    await people.ask(twinOf(one), OLD);
    await people.uninstall(one);
    for (const ms of [90, 0, 300]) {
      await people.ask(one, OLD);
      await people.pause(ms);
      await people.uninstall(one);
    }
    await people.ready(twinOf(one), OLD);
  },
  /** Two users who cannot decide, each with an object. */
  restlessTwins: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), NEW);
    for (const [index, ms] of [5, 40, 150, 400, 20, 90].entries()) {
      await people.pause(ms);
      await people.change(index % 3 === 0 ? twinOf(one) : one, index % 2 === 0 ? NEW : OLD);
    }
    await people.upgrade(twinOf(one), OLD);
    await people.upgrade(one, OLD);
  },
  /** The twin asks for what there is not, and goes again: what was installed before stays. */
  wrongTwin: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), "9.9.9");
    await people.follows(one, "False");
    await people.says(twinOf(one), "9.9.9");
    await people.uninstall(twinOf(one));
    await people.ready(one, OLD);
  },
  /** Somebody has either object ignored for a while. */
  ignoredTwin: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), OLD, "ignore");
    await people.pause(300);
    await people.ignore(twinOf(one), false);
    await people.follows(one, "True");
    await people.ignore(one, true);
    await people.upgrade(twinOf(one), NEW);
    await people.ignore(one, false);
    await people.follows(one, "False");
    await people.ignore(twinOf(one), true);
    await people.uninstall(one);
    await people.ignore(twinOf(one), false);
    await people.upgrade(twinOf(one), OLD);
  },
  /** One moves, one has both, one moves back, and one goes with its control plane, all at once. */
  neighbourTwins: async (people) => {
    await Promise.all([one, two, three].map((tenant) => people.order(tenant)));
    await Promise.all([people.install(one, OLD), people.install(twinOf(two), OLD), people.install(three, OLD)]);
    await people.ask(twinOf(three), OLD);
    await Promise.all([people.ask(twinOf(one), OLD), people.ask(two, NEW), people.remove(three)]);
    await Promise.all([people.uninstall(one), people.uninstall(twinOf(two))]);
    await Promise.all([people.ready(twinOf(one), OLD), people.ready(two, NEW)]);
  },
  /** Nobody is looked at again for half an hour unless something tells of a reason. */
  rarelyTwins: async (people) => {
    await people.configure({ pollInterval: "30m" });
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), OLD);
    await people.follows(one, "True");
    await people.uninstall(one);
    await people.upgrade(twinOf(one), NEW);
    await people.ask(one, OLD);
    await people.follows(one, "False");
    await people.uninstall(twinOf(one));
    await people.ready(one, OLD);
  },
  /** The toolkit runs on a cluster of its own, which stays. */
  workloadTwin: async (people) => {
    await people.configure({ targetCluster: "Workload" });
    await people.order(one);
    await people.install(one, OLD);
    await people.ask(twinOf(one), OLD);
    await people.follows(one, "True");
    await people.uninstall(one);
    await people.ready(twinOf(one), OLD);
    await people.ask(one, OLD);
    await people.uninstall(twinOf(one));
    await people.upgrade(one, NEW);
  },
  /** The operator's settings come and go in either group, with the same and with other content. */
  configs: async (people) => {
    await people.order(one);
    await people.install(one, OLD);
    await people.copyConfig(EARLIER_GROUP, CURRENT_GROUP);
    await people.configSays(EARLIER_GROUP, "Follows", "True");
    await people.ask(twinOf(one), OLD);
    await people.configure({ values: { manager: { concurrency: { resource: 7 } } } }, CURRENT_GROUP);
    await people.configSays(EARLIER_GROUP, "Follows", "False");
    await people.pause(300);
    await people.removeConfig(CURRENT_GROUP);
    await people.uninstall(one);
    await people.pause(30);
    await people.copyConfig(EARLIER_GROUP, CURRENT_GROUP, { values: { manager: { replicas: 2 } } });
    await people.removeConfig(EARLIER_GROUP);
    await people.upgrade(twinOf(one), NEW);
    const spec = await people.copyConfig(CURRENT_GROUP, EARLIER_GROUP);
    await people.removeConfig(CURRENT_GROUP);
    await people.removeConfig(EARLIER_GROUP);
    await people.pause(200);
    await people.createConfig(CURRENT_GROUP, spec);
    await people.upgrade(twinOf(one), OLD);
  },
  /** The operator takes the earlier kinds away: who has a twin does not notice. Later they come back. */
  kindsGo: async (people) => {
    await Promise.all([people.order(one), people.order(two)]);
    await Promise.all([people.install(one, OLD), people.install(two, OLD)]);
    await people.copyConfig(EARLIER_GROUP, CURRENT_GROUP);
    await people.ask(twinOf(one), OLD);
    await people.removeEarlierKinds();
    await people.gone(two);
    await people.ready(twinOf(one), OLD);
    await people.bringEarlierKindsBack();
    await people.ask(one, OLD);
    await people.install(two, NEW);
    await people.uninstall(twinOf(one));
    await people.ready(one, OLD);
  },
  /** The earlier kinds are not there from the beginning. */
  kindsMissing: async (people) => {
    await people.copyConfig(EARLIER_GROUP, CURRENT_GROUP);
    await people.removeEarlierKinds();
    await people.order(one);
    await people.install(twinOf(one), OLD);
    await people.upgrade(twinOf(one), NEW);
    await people.uninstall(twinOf(one));
    await people.install(twinOf(one), OLD);
    await people.bringEarlierKindsBack();
    await people.ask(one, OLD);
    await people.follows(one, "True");
  },
  /** What the first versions of the Go provider left, with a twin at once. */
  leftFirst: async (people) => {
    await people.ask(twinOf(one), OLD);
    await people.ready(twinOf(one), OLD);
    await people.uninstall(one);
  },
  /** What v0.1.3 left; its user waits at each step. */
  leftLater: async (people) => {
    await people.ready(two, OLD);
    await people.ask(twinOf(two), OLD);
    await people.follows(two, "True");
    await people.uninstall(two);
    await people.ready(twinOf(two), OLD);
  },
  /** What v0.4.0 left, in the current group; its user moves to the earlier one. */
  leftRenamed: async (people) => {
    await people.ready(twinOf(one), OLD);
    await people.ask(one, OLD);
    await people.follows(one, "True");
    await people.uninstall(twinOf(one));
    await people.ready(one, OLD);
  },
  /** What different versions left, and nobody waits until it is taken over. */
  leftInHaste: async (people) => {
    const move = async (from: TenantRef, to: TenantRef): Promise<void> => {
      await people.ask(to, OLD);
      await people.uninstall(from);
      await people.ready(to, OLD);
    };
    await Promise.all([move(one, twinOf(one)), move(twinOf(two), two)]);
  },
};

/** What happens before the provider starts: the Go provider installs for tenants whose OCM objects are of its group. */
export const earlierLives: Readonly<Partial<Record<string, Life>>> = {
  leftFirst: leftBy([["first-names", one]]),
  leftLater: leftBy([["later-names", two]]),
  leftRenamed: leftBy([["renamed-group", twinOf(one)]]),
  leftInHaste: leftBy([
    ["later-names", one],
    ["renamed-group", twinOf(two)],
  ]),
};

function leftBy(left: readonly (readonly [GoNames, TenantRef])[]): Life {
  return async (people) => {
    await people.configure(GO_VALUES);
    for (const [names, tenant] of left) {
      await people.order(tenant);
      await people.leaveAsGo(names, tenant, OLD);
    }
  };
}

function namespaceOf({ name, namespace }: TenantRef): string {
  return tenantNamespace(name, namespace);
}

function releaseKey(tenant: TenantRef): string {
  return `${namespaceOf(tenant)}/sp-ocm-k8s-toolkit`;
}
