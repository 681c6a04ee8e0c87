import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { debianProgram } from "../../ground/debian/debian-program.ts";
import { freePort } from "../../ground/free-ports.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { makeTrouble, type Trouble, type TroubleName, TROUBLES } from "../../sandbox/trouble.ts";
import { install } from "../support/install.ts";
import { configRef, kindOf } from "../support/kinds.ts";
import { createScraper } from "../support/scraper.ts";
import { prepare, startWorld, type Tenant, type World } from "../support/world.ts";
import { alertsOf, readRules } from "./alert-rules.ts";
import { fasterWindows } from "./faster.ts";
import { type Notification, type Prometheus, startPrometheus } from "./prometheus.ts";

type Dashboard = { readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[] };

const ALERT_OF: Readonly<Record<TroubleName, string>> = {
  "wrong version": "OCMVersionNotOffered",
  "refused credentials": "OCMChartFetchFailed",
  "unreachable control plane": "OCMControlPlaneUnreachable",
  "blocked deletion": "OCMDeletionBlocked",
  "foreign object": "OCMForeignObject",
  "refused values": "OCMReleaseFailed",
};
const EXPECTED = Object.values(ALERT_OF).toSorted();
const WITHIN_MS = 90_000;
/** One for each trouble and a healthy one, or as many as the environment says. */
const TENANTS = Number(process.env["TENANTS"] ?? TROUBLES.length + 1);
/** A selector of the provider's job in an expression. */
const SELECTOR = /\w+\{job="sp-ocm"[^}]*\}/gu;

const prometheusProgram = await debianProgram("prometheus");
const skip = "missing" in prometheusProgram ? prometheusProgram.missing : false;

describe("a Prometheus that scrapes the provider", { skip }, () => {
  let world: World;
  let prometheus: Prometheus;
  let tenants: readonly Tenant[];
  let trouble: Trouble;
  let beganMs = Number.POSITIVE_INFINITY;
  before(async () => {
    assert.ok("path" in prometheusProgram);
    world = await startWorld();
    await prepare(world);
    await world.configure({ pollInterval: "1h" });
    const address = `127.0.0.1:${await freePort()}`;
    await world.run({ args: [`--metrics-bind-address=${address}`, "--leader-elect=true"] });
    const token = await createScraper(world.platform, { name: "prometheus", mayScrape: true });
    const folder = join(world.ground.folder, "prometheus");
    const names = Array.from({ length: TENANTS }, (_, index) => `mcp-${index}`);
    tenants = await Promise.all(names.map((name) => install(world, { name, namespace: "project-x--ws-y" })));
    prometheus = await startPrometheus({ path: prometheusProgram.path, folder, address, token });
  });
  after(async () => {
    await prometheus.stop();
    await world.stop();
  });

  /** The alerts that have fired since there is trouble; before the first scrape, no provider can be seen. */
  function notifications(): readonly Notification[] {
    return prometheus
      .notifications()
      .filter((one) => !ABOUT_THE_MACHINE.includes(nameOf(one)) && Date.parse(one.startsAt) >= beganMs);
  }

  function fired(): readonly string[] {
    return notifications().map(nameOf).toSorted();
  }

  it("knows every series that the alerts ask for", async () => {
    await waitUntil(
      async () =>
        (await prometheus.query('up{job="sp-ocm"} == 1')).length === 1 &&
        prometheus.notifications().every(({ isFiring }) => !isFiring),
      { what: "the provider is scraped, and no alert fires", withinMs: WITHIN_MS },
    );
    const names = alertsOf(readRules()).flatMap(({ expr }) => expr.match(SELECTOR) ?? []);
    for (const name of new Set(names.map((selector) => selector.replace(/\{.*/u, "")))) {
      if (!ONLY_IN_TROUBLE.includes(name)) {
        assert.notDeepEqual(await prometheus.query(`${name}{job="sp-ocm"}`), [], name);
      }
    }
  });

  it("fires one alert for each trouble, once, and no other one", async () => {
    const { ground, platform, onboarding } = world;
    beganMs = Date.now();
    trouble = await makeTrouble({ ground, platform, onboarding, kind: kindOf("ocm"), settings: configRef() }, tenants);

    await waitUntil(() => Promise.resolve(EXPECTED.every((name) => fired().includes(name))), {
      what: `the alerts ${EXPECTED.join(", ")} fire`,
      withinMs: WITHIN_MS,
    });

    assert.deepEqual(fired(), EXPECTED);
    for (const name of ONLY_IN_TROUBLE) {
      assert.notDeepEqual(await prometheus.query(`${name}{job="sp-ocm"}`), [], name);
    }
    for (const victim of trouble.victims) {
      const alert = notifications().find((one) => nameOf(one) === ALERT_OF[victim.trouble]);
      assert.equal(alert?.labels["reason"], victim.reason);
      assert.doesNotMatch(JSON.stringify(alert.annotations), /no value|error/u);
    }
  });

  it("answers every query of the dashboard", async () => {
    const { panels } = JSON.parse(readFileSync("deploy/monitoring/dashboard.json", "utf8")) as Dashboard;
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

    for (const query of queries) {
      assert.notDeepEqual(await prometheus.query(fasterWindows(query)), [], query);
    }
  });

  it("resolves each alert when its trouble is mended, and fires none anew", async () => {
    assert.ok(notifications().every(({ isFiring }) => isFiring));

    await trouble.mend();

    await waitUntil(() => Promise.resolve(notifications().every(({ isFiring }) => !isFiring)), {
      what: "every alert is resolved",
      withinMs: WITHIN_MS,
    });
    assert.deepEqual(fired(), EXPECTED);
  });
});

/** At 60 times its speed, a machine that is busy for some seconds is one that is busy for minutes. */
const ABOUT_THE_MACHINE: readonly string[] = ["OCMProviderDown", "OCMProviderReplicaDown", "OCMProviderOverloaded"];

/** A series that a healthy platform does not have. */
const ONLY_IN_TROUBLE: readonly string[] = [
  "service_provider_tenants_failing",
  "service_provider_deletion_blocked_seconds",
];

function nameOf({ labels }: Notification): string {
  return labels["alertname"] ?? "";
}
