import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import { TOOLKIT_NAME } from "../../src/ocm/names.ts";
import { POD_NAMESPACE } from "../support/world.ts";
import type { Exchange } from "./exchange.ts";
import {
  CLUSTER_REQUESTS,
  DEPLOYMENTS,
  deploymentsOf,
  installationOf,
  installedFor,
  isAlive,
  RELEASES,
  releasesIn,
  runningFor,
  WORKLOAD,
} from "./installed.ts";
import { CONFIGS, OCMS } from "./groups.ts";
import {
  claims,
  claimsReady,
  decidingOrder,
  groupOf,
  isAsking,
  OPERATION,
  ordersFor,
  statusOf,
  tenantOf,
  versionOf,
} from "./orders.ts";
import { type Change, type Clusters, kindOf, type Stage } from "./stage.ts";

const ORDER = /^\/apis\/(?<group>[^/]+)\/[^/]+\/namespaces\/(?<workspace>[^/]+)\/ocms\/(?<order>[^/]+)$/u;
const RELEASE = /\/namespaces\/(?<tenant>[^/]+)\/helmreleases\/(?<name>[^/]+)$/u;

/** A request that gets no answer holds a pass up. */
const LONGEST_PASS_MS = 60_000;

/** What a tenant has as long as its OCM objects ask for it. */
type Kept = {
  /** UIDs of the Deployments. */
  readonly deployments: readonly string[];
  /** What was asked for when everything was as asked, and what was installed then. */
  readonly settled: { readonly ask: string; readonly installation: string } | undefined;
};

/**
 * Watches that what is installed for a tenant stays as long as anybody asks for it, whichever of its OCM objects leads:
 * that nobody uninstalls it, and that nothing changes when nothing else is asked for.
 */
export class Continuity {
  readonly #stage: Stage;
  readonly #tell: (violation: string) => void;
  /** By tenant namespace. */
  readonly #kept = new Map<string, Kept>();
  /** Counts what happens, to tell what came first. */
  #moment = 0;
  /** By UID of an OCM object: when it has come. */
  readonly #cameAt = new Map<string, number>();
  /** By API group and tenant namespace: when a provider last asked for that OCM object. */
  readonly #lookedAt = new Map<string, number>();

  /** By tenant namespace: the settings with which everything was last as asked. */
  readonly #settledWith = new Map<string, string>();

  #settings: string;
  #settingsSinceMs = -Infinity;

  constructor(stage: Stage, tell: (violation: string) => void) {
    this.#stage = stage;
    this.#tell = tell;
    this.#settings = settingsOf(stage.ground.clusters);
  }

  /** Takes in a change. */
  changed(cluster: string, collection: string, change: Change): void {
    this.#moment += 1;
    if (cluster === "onboarding" && OCMS.includes(collection)) {
      this.#noteOrder(change);
    }
    if (isAboutAsking(cluster, collection, change)) {
      this.#noteSettings();
      this.#forgetWhatIsNotAsked();
    }
    if (kindOf(cluster) === "mcp" && (collection === DEPLOYMENTS || collection === "secrets")) {
      this.#checkInstalled(cluster);
    }
  }

  /** Takes in a request of a provider. */
  arrived({ request: { method, path } }: Exchange): void {
    this.#moment += 1;
    const [place = ""] = path.split("?");
    if (method === "GET") {
      this.#noteLook(place);
    } else if (method === "DELETE") {
      this.#checkDeletion(place);
    }
  }

  #noteLook(path: string): void {
    const { group = "", workspace = "", order } = ORDER.exec(path)?.groups ?? {};
    if (order !== undefined) {
      const tenant = tenantOf({ metadata: { name: order, namespace: workspace } });
      this.#lookedAt.set(`${group} ${tenant}`, this.#moment);
    }
  }

  #noteOrder({ object, previous, type }: Change): void {
    const { clusters } = this.#stage.ground;
    const tenant = tenantOf(object);
    if (type === "ADDED") {
      this.#cameAt.set(object.metadata.uid ?? "", this.#moment);
      this.#keepWhatIsThere(clusters, tenant);
    } else if (
      type === "MODIFIED" &&
      claimsReady(object) &&
      !isDeepStrictEqual(previous?.["status"], object["status"])
    ) {
      this.#keep(clusters, tenant, this.#areSettingsKnown(clusters));
    }
  }

  /** What was there before anybody asked for it is an installation of the Go provider. */
  #keepWhatIsThere(clusters: Clusters, tenant: string): void {
    const releases = releasesIn(clusters, tenant);
    if (this.#kept.has(tenant) || releases.length === 0 || !releases.every(isAsking)) {
      return;
    }
    // A release that moves to another HelmRelease gets a new revision by that.
    const isStaying = releases.every(({ metadata }) => metadata.name === TOOLKIT_NAME);
    this.#keep(clusters, tenant, isStaying);
  }

  #keep(clusters: Clusters, tenant: string, isSettled: boolean): void {
    const ask = askOf(clusters, tenant);
    const version = versionOf(decidingOrder(clusters, tenant));
    if (ask !== undefined && installedFor(clusters, tenant) === version) {
      const settled = { ask, installation: installationOf(clusters, tenant) };
      if (isSettled) {
        this.#settledWith.set(tenant, settingsOf(clusters));
      }
      this.#kept.set(tenant, {
        deployments: deploymentsOf(clusters, tenant),
        settled: isSettled ? settled : this.#kept.get(tenant)?.settled,
      });
    }
  }

  #noteSettings(): void {
    const { clusters } = this.#stage.ground;
    const settings = settingsOf(clusters);
    if (settings !== this.#settings) {
      this.#settings = settings;
      this.#settingsSinceMs = this.#tenants(clusters).length === 0 ? -Infinity : this.#stage.clock.now();
    }
  }

  /** What was Ready before the provider heard of other settings, or in a pass that had begun before, is not of these. */
  #areSettingsKnown(clusters: Clusters): boolean {
    const config = decidingConfig(clusters);
    const isAccepted = config !== undefined && statusOf(config, "Follows") === "" && claims(config, "Accepted");
    return isAccepted && this.#stage.clock.now() - this.#settingsSinceMs >= LONGEST_PASS_MS;
  }

  #forgetWhatIsNotAsked(): void {
    const { clusters } = this.#stage.ground;
    for (const [tenant, { settled, ...kept }] of this.#kept) {
      const ask = askOf(clusters, tenant);
      if (ask === undefined) {
        this.#kept.delete(tenant);
      } else if (settled !== undefined && settled.ask !== ask) {
        this.#kept.set(tenant, { ...kept, settled: undefined });
      }
    }
  }

  #checkInstalled(cluster: string): void {
    const { clusters } = this.#stage.ground;
    const tenants = cluster === WORKLOAD ? this.#tenants(clusters) : [cluster];
    for (const tenant of tenants.filter((one) => askOf(clusters, one) !== undefined)) {
      this.#stage.judge(
        (seen) => [
          ...notKept(seen, tenant, this.#kept.get(tenant)),
          ...notReady(seen, tenant, this.#settledWith.get(tenant)),
        ],
        this.#tell,
      );
    }
  }

  #tenants(clusters: Clusters): readonly string[] {
    return OCMS.flatMap((collection) => clusters.get("onboarding")?.api.objects(collection) ?? []).map(tenantOf);
  }

  /**
   * Who deletes a HelmRelease has it uninstalled. The provider has to have asked before for the OCM objects; one that has
   * come after that counts as a new wish.
   */
  #checkDeletion(path: string): void {
    const { tenant = "", name = "" } = RELEASE.exec(path)?.groups ?? {};
    const release = this.#stage.peek("platform", RELEASES, `${tenant}/${name}`);
    if (release === undefined || !isAsking(release) || valueAt(release, "spec", "suspend") === true) {
      return;
    }
    const isKnown = (order: Obj): boolean =>
      (this.#cameAt.get(order.metadata.uid ?? "") ?? 0) <
      (this.#lookedAt.get(`${groupOf(order)} ${tenant}`) ?? Infinity);
    this.#stage.judge(
      (clusters) =>
        ordersFor(clusters, tenant)
          .filter((order) => isAsking(order) && isKnown(order))
          .map((order) => `uninstalled: HelmRelease ${tenant}/${name} is deleted while ${nameOf(order)} asks for it`),
      this.#tell,
    );
  }
}

function notKept(clusters: Clusters, tenant: string, kept: Kept | undefined): readonly string[] {
  if (kept === undefined || askOf(clusters, tenant) === undefined) {
    return [];
  }
  const { deployments, settled } = kept;
  const now = deploymentsOf(clusters, tenant);
  const gone = deployments.filter((uid) => !now.includes(uid));
  const installation = installationOf(clusters, tenant);
  const isChanged = settled?.ask === askOf(clusters, tenant) && settled?.installation !== installation;
  return [
    ...(gone.length > 0 ? [`uninstalled: the Deployment of ${tenant} goes while somebody asks for it`] : []),
    ...(isChanged
      ? [`changed: nothing else is asked for ${tenant}, found ${installation} after ${settled?.installation}`]
      : []),
  ];
}

/**
 * The OCM objects that go on claiming to be Ready when what they ask for does not run any more, unless they are ignored.
 *
 * Once the settings have changed, the same version may be on its way with others: it is what runs meanwhile.
 */
function notReady(clusters: Clusters, tenant: string, settledWith: string | undefined): readonly string[] {
  const areSettingsSame = settledWith === settingsOf(clusters);
  const installed = areSettingsSame ? installedFor(clusters, tenant) : runningFor(clusters, tenant);
  return ordersFor(clusters, tenant)
    .filter((order) => isAsking(order) && order.metadata.annotations?.[OPERATION] === undefined && claimsReady(order))
    .filter((order) => versionOf(order) !== installed)
    .map((order) => `Ready is not taken back: ${nameOf(order)} wants ${versionOf(order)}, found ${installed}`);
}

/** All that decides what has to be installed for a tenant; undefined when nobody asks, or there is nothing to install on. */
function askOf(clusters: Clusters, tenant: string): string | undefined {
  const order = decidingOrder(clusters, tenant);
  if (order === undefined || !isAlive(clusters, tenant)) {
    return undefined;
  }
  return `${JSON.stringify(order["spec"])} ${settingsOf(clusters)}`;
}

function settingsOf(clusters: Clusters): string {
  const secrets = clusters.get("platform")?.api.objects("secrets").filter(isOfOperator) ?? [];
  const contents = secrets.map((secret) => [secret.metadata.name, secret["data"]]);
  return JSON.stringify([decidingConfig(clusters)?.["spec"], contents]);
}

function decidingConfig(clusters: Clusters): Obj | undefined {
  const { api } = clusters.get("platform") ?? {};
  return CONFIGS.map((collection) => api?.peek(collection, "ocm")).find((config) => config !== undefined);
}

function isAboutAsking(cluster: string, collection: string, { object }: Change): boolean {
  return cluster === "onboarding"
    ? OCMS.includes(collection)
    : cluster === "platform" &&
        (CONFIGS.includes(collection) ||
          collection === CLUSTER_REQUESTS ||
          (collection === "secrets" && isOfOperator(object)));
}

function isOfOperator(secret: Obj): boolean {
  return secret.metadata.namespace === POD_NAMESPACE && valueAt(secret, "data", "kubeconfig") === undefined;
}

function nameOf(order: Obj): string {
  return `OCM ${order.metadata.namespace ?? ""}/${order.metadata.name} of ${groupOf(order)}`;
}
