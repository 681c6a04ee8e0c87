import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { load } from "js-yaml";

import { listAt, objectAt, textAt, valueAt } from "../../sim/value-at.ts";
import { namespaceOf } from "../support/kinds.ts";
import { applyAll, readManifest } from "../support/manifests.ts";
import { installMonitoringKinds } from "../support/prometheus-operator.ts";
import { POD_NAMESPACE, startWorld, type World } from "../support/world.ts";
import { readRules } from "./alert-rules.ts";

const MONITOR = "monitoring/service-monitor.yaml";
const RULE = "monitoring/prometheus-rule.yaml";
const DISCOVERY = "monitoring/discovery.yaml";

const [monitor] = readManifest(MONITOR);
const [rule] = readManifest(RULE);
const service = readManifest("metrics-reader.yaml").find(({ kind }) => kind === "Service");

describe("deploy/monitoring", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await installMonitoringKinds(world.platform);
    await world.platform.create(namespaceOf("monitoring"));
  });
  after(() => world.stop());

  for (const name of [MONITOR, RULE, DISCOVERY]) {
    it(`has objects that a cluster with the Prometheus operator takes as they are: ${name}`, async () => {
      await applyAll(world.platform, readManifest(name));
    });
  }

  it("has the same alerts for a Prometheus with the operator, and for one without", () => {
    assert.deepEqual(valueAt(rule, "spec"), readRules());
  });

  it("scrapes the Service that metrics-reader.yaml makes, as the job that the alerts select by", () => {
    const [port] = listAt(service, "spec", "ports");
    const [endpoint] = listAt(monitor, "spec", "endpoints");
    const labels = service?.metadata.labels ?? {};

    assert.equal(textAt(endpoint, "port"), textAt(port, "name"));
    assert.partialDeepStrictEqual(labels, objectAt(monitor, "spec", "selector", "matchLabels"));
    assert.equal(labels[textAt(monitor, "spec", "jobLabel")], "sp-ocm");
  });

  it("has a Prometheus without the operator scrape the same", () => {
    const [job] = listAt(load(readFileSync("deploy/monitoring/scrape-config.yaml", "utf8")), "scrape_configs");
    const [search] = listAt(job, "kubernetes_sd_configs");
    const [keep] = listAt(job, "relabel_configs");
    const [port] = listAt(service, "spec", "ports");

    assert.equal(textAt(job, "job_name"), "sp-ocm");
    assert.deepEqual(listAt(search, "namespaces", "names"), [POD_NAMESPACE]);
    assert.equal(textAt(keep, "regex"), `${service?.metadata.name};${textAt(port, "name")}`);
  });

  it("lets the account discover that metrics-reader.yaml lets scrape", () => {
    assert.deepEqual(subjectsIn(DISCOVERY), subjectsIn("metrics-reader.yaml"));
  });
});

function subjectsIn(file: string): readonly unknown[] {
  return readManifest(file).flatMap((object) => (object.kind.endsWith("Binding") ? listAt(object, "subjects") : []));
}
