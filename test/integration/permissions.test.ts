import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { freePort } from "../../ground/free-ports.ts";
import type { LoggedRequest } from "../../ground/ground.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { answerDiscovery, discovery, DISCOVERY, installDiscoveries } from "../support/discovery.ts";
import { type DocumentedCommand, documentedRights, type RightsOn } from "../support/documented-rights.ts";
import { ref, namespaceOf } from "../support/kinds.ts";
import { createLimitedAccount } from "../support/limited-account.ts";
import { awaitReady, awaitReason, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { linesOfRequest, linesOfRule } from "../support/rights-lines.ts";
import { createScraper, scrape } from "../support/scraper.ts";
import { ocm, PULL_SECRET, startWorld, type World } from "../support/world.ts";

type Command = DocumentedCommand;
type Log = Readonly<Record<RightsOn, readonly LoggedRequest[]>>;

const CLUSTERS: readonly RightsOn[] = ["Platform cluster", "Onboarding cluster", "Control plane"];
const FORBIDDEN = 403;
const PLANE = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", PLANE.name, PLANE.namespace);
const CONFIG = ref("providerConfig", "ocm");
/** The same objects in the other API group. */
const [TWIN, CONFIG_TWIN] = [OCM, CONFIG].map((object) => ({
  ...object,
  apiVersion: "ocm.services.open-control-plane.io/v1alpha1",
})) as [ObjRef, ObjRef];
const RECONCILE = { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } };

describe("the documented permissions", () => {
  let world: World;
  let logs: Readonly<Record<Command, Log>>;
  before(async () => {
    world = await startWorld();
    const init = await prepareClusters();
    const run = await liveThroughEverything();
    const migrate = await migrateEverything();
    logs = { init, run: since(run, init), migrate: since(migrate, { ...run, "Control plane": [] }) };
  });
  after(() => world.stop());

  for (const command of ["init", "run", "migrate"] as const) {
    for (const cluster of CLUSTERS) {
      it(`are enough for ${command} on the ${cluster.toLowerCase()}`, () => {
        const refused = logs[command][cluster].filter(({ code }) => code === FORBIDDEN);

        assert.deepEqual(
          refused.map(({ verb, path }) => `${verb} ${path}`),
          [],
        );
      });

      it(`are what ${command} uses on the ${cluster.toLowerCase()}, and no more`, () => {
        const rights = documentedRights(cluster).filter((right) => right.command === command);
        const everyKind = rights
          .filter(({ rule }) => rule.resources?.includes("*"))
          .flatMap(({ rule }) => rule.apiGroups);
        const lines = logs[command][cluster].flatMap(linesOfRequest);
        const used = new Set(lines.map((line) => forEveryKind(line, everyKind)));

        const rare = rights.flatMap(({ rule, rare: words }) =>
          linesOfRule(rule).filter((line) => words.some((word) => line.split(/[ .]/u).includes(word))),
        );
        const documented = new Set(rights.flatMap(({ rule }) => linesOfRule(rule)));
        const usual = [...documented].filter((line) => used.has(line) || !rare.includes(line));
        assert.deepEqual(usual.toSorted(), [...used].toSorted());
      });
    }
  }

  async function prepareClusters(): Promise<Log> {
    assert.equal(await world.init({ kubeconfigPath: await accountFor("init") }), 0);
    return readLog();
  }

  /** Makes the provider do all that it can do for a tenant. */
  async function liveThroughEverything(): Promise<Log> {
    await installDiscoveries(world.platform);
    await world.configure({ values: { manager: { imagePullSecrets: [{ name: PULL_SECRET }] } } });
    const address = `127.0.0.1:${await freePort()}`;
    const provider = await world.run({
      kubeconfigPath: await accountFor("run"),
      args: ["--leader-elect=true", `--metrics-bind-address=${address}`],
    });
    const token = await createScraper(world.platform, { name: "scraper", mayScrape: true });
    assert.notEqual((await scrape(address, { token })).status, 500);
    const [version = "", newer = ""] = world.ground.charts.versions;
    await world.onboarding.create(namespaceOf(PLANE.namespace));

    await offerForAWhile([{ version }, { version: newer }]);
    // Before the platform has the control plane.
    await world.onboarding.create(ocm(PLANE, version));
    await awaitReason(world.onboarding, OCM, "AccessReady", "ControlPlaneNotFound");
    const tenant = await world.order(PLANE);
    await awaitReady(world.onboarding, tenant, version);

    await world.platform.patchMerge(CONFIG, { spec: { caBundleRef: { kind: "ConfigMap", name: "nowhere" } } });
    await awaitReason(world.onboarding, OCM, "ChartReady", "ReferenceNotFound");
    // What is not there is told of before anybody watches for it.
    await waitUntil(isWatchedForConfigMaps, { what: "a watch for ConfigMaps", withinMs: 30_000 });
    const versionsFrom = { name: DISCOVERY.name };
    await world.platform.patchMerge(CONFIG, { spec: { caBundleRef: null, values: null, versionsFrom } });
    await awaitReason(world.platform, CONFIG, "Accepted", "VersionsUnknown");
    await world.platform.create(discovery());
    await answerDiscovery(world.platform, [version, newer]);
    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
    await world.platform.patchMerge(CONFIG, { ...RECONCILE, spec: { versionsFrom: null } });
    await world.onboarding.patchMerge(OCM, { ...RECONCILE, spec: { version: newer } });
    await awaitReady(world.onboarding, tenant, newer);

    await createTwin(world.platform, CONFIG, CONFIG_TWIN);
    await world.platform.patchMerge(CONFIG_TWIN, RECONCILE);
    await awaitPresent(world.platform, CONFIG_TWIN, isConsumed, { what: "the annotation is consumed" });
    await createTwin(world.onboarding, OCM, TWIN);
    await awaitPresent<ServiceObj>(world.onboarding, TWIN, isReady, { what: "the other object leads" });
    await world.onboarding.delete(TWIN);
    await awaitGone(world.onboarding, TWIN);

    const theirs = ref("repository", "theirs", "default");
    const { namespace: _namespace, name: _name, ...type } = theirs;
    await tenant.mcp.create({ ...type, metadata: { name: "theirs", namespace: "default" }, spec: {} });
    await world.onboarding.delete(OCM);
    await awaitReason(world.onboarding, OCM, "Removed", "UserObjectsExist");
    await tenant.mcp.delete(theirs);
    await awaitGone(world.onboarding, OCM);
    await provider.stop();
    return { ...(await readLog()), "Control plane": await requestsOf(tenant.cluster) };
  }

  /** Makes the provider write a policy with all that belongs to it, watch that, and remove it. */
  async function offerForAWhile(versions: readonly object[]): Promise<void> {
    const offer = { apiVersion: TWIN.apiVersion, kind: "OCMOffer", name: "ocm" };
    const policy = { kind: "ValidatingAdmissionPolicy", name: "ocms.ocm.services.open-control-plane.io" };
    const [apiVersion, binding] = ["admissionregistration.k8s.io/v1", { ...policy, kind: `${policy.kind}Binding` }];
    await world.platform.patchMerge(CONFIG, { spec: { versions } });
    for (const object of [{ ...binding, apiVersion }, { ...policy, apiVersion }, offer]) {
      const { metadata } = await awaitPresent(world.onboarding, object, () => true, { what: `${object.kind} exists` });
      await world.onboarding.delete(object);
      const isAnother = ({ metadata: { uid } }: Obj): boolean => uid !== metadata.uid;
      await awaitPresent(world.onboarding, object, isAnother, { what: `${object.kind} is made anew` });
    }
    await world.platform.patchMerge(CONFIG, { spec: { versions: null } });
    await awaitGone(world.onboarding, offer);
  }

  /** Moves what is there to the present API group, where the test plays the provider. */
  async function migrateEverything(): Promise<Log> {
    await world.platform.delete(CONFIG_TWIN);
    await world.platform.status(CONFIG, null);
    await world.onboarding.create(ocm(PLANE, "0.4.0"));
    const migrate = await world.start("migrate", { kubeconfigPath: await accountFor("migrate") });
    await awaitPresent(world.platform, CONFIG_TWIN, () => true, { what: "the ProviderConfig has a twin" });
    await follow(world.platform, CONFIG);
    await awaitPresent(world.onboarding, TWIN, () => true, { what: "the OCM object has a twin" });
    await world.onboarding.patchMerge(TWIN, {
      metadata: { finalizers: [`${TWIN.apiVersion.split("/")[0]}/finalizer`] },
    });
    await follow(world.onboarding, OCM);
    assert.equal(await migrate.exited, 0);
    return readLog();
  }

  async function isWatchedForConfigMaps(): Promise<boolean> {
    const requests = await requestsOf(world.ground.platform);
    return requests.some(({ verb, path }) => verb === "watch" && path.includes("/configmaps"));
  }

  function accountFor(command: Command): Promise<string> {
    const rights = documentedRights("Platform cluster").filter((right) => right.command === command);
    return createLimitedAccount(world, `limited-${command}`, rights);
  }

  async function readLog(): Promise<Log> {
    const { platform, onboarding } = world.ground;
    const [onPlatform, onOnboarding] = [await requestsOf(platform), await requestsOf(onboarding)];
    return { "Platform cluster": onPlatform, "Onboarding cluster": onOnboarding, "Control plane": [] };
  }

  async function requestsOf(cluster: { readonly server: string }): Promise<readonly LoggedRequest[]> {
    const requests = await world.ground.requests(cluster);
    return requests.filter(({ userAgent }) => userAgent.startsWith("service-provider-ocm/"));
  }
});

/** Which right a line of a request uses, where a right is for every kind of one of these API groups. */
function forEveryKind(line: string, groups: readonly (string | undefined)[]): string {
  const group = groups.find((name) => name !== undefined && line.endsWith(`.${name}`));
  return group === undefined ? line : line.replace(/ .*/u, ` *.${group}`);
}

/** Creates the same object in the other API group. */
async function createTwin(client: SimClient, object: ObjRef, { apiVersion, kind }: ObjRef): Promise<void> {
  const { metadata, spec } = await client.get<ServiceObj>(object);
  const { name, namespace } = metadata;
  await client.create({
    apiVersion,
    kind,
    metadata: { name, ...(namespace && { namespace }) },
    ...(spec && { spec }),
  });
}

function isConsumed({ metadata }: ServiceObj): boolean {
  return metadata.annotations?.["openmcp.cloud/operation"] === undefined;
}

function since(later: Log, earlier: Log): Log {
  const [platform = [], onboarding = [], plane = []] = CLUSTERS.map((on) => later[on].slice(earlier[on].length));
  return { "Platform cluster": platform, "Onboarding cluster": onboarding, "Control plane": plane };
}

/** Says of an object, as the provider does, that it does not lead. */
async function follow(client: SimClient, object: ObjRef): Promise<void> {
  const { generation: observedGeneration } = (await client.get(object)).metadata;
  const condition = { type: "Follows", status: "True", reason: "LedByOtherGroup", message: "", observedGeneration };
  const conditions = [{ ...condition, lastTransitionTime: "2026-01-01T00:00:00Z" }];
  await client.status(object, { observedGeneration, phase: "Progressing", conditions });
}
