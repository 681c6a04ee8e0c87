import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { startTestServer, type TestServer } from "../../apiserver/testing/test-server.ts";
import { refOf, type SimClient } from "../../client.ts";
import { systemSimClock } from "../../clock.ts";
import type { Obj } from "../../object.ts";
import { waitFor } from "../../stand-in/wait-for.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import { platformCRDs } from "../install-crds.ts";
import { PLATFORM_NAMESPACE, serviceProviderType } from "../kinds.ts";
import { startOperator } from "./start-operator.ts";
import { jobType, nextOfJob, podType } from "./workloads.ts";

const ref = { ...serviceProviderType, name: "ocm" };
const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "sp-ocm", namespace: PLATFORM_NAMESPACE };

describe("nextOfJob", () => {
  const endedAtMs = 1_700_000_000_000;
  const rows: readonly (readonly [readonly string[], number, ReturnType<typeof nextOfJob>])[] = [
    [[], 0, "start a pod"],
    [["Pending"], 0, "wait"],
    [["Running"], 0, "wait"],
    [["Failed"], 4000, { afterMs: 6000 }],
    [["Failed"], 10_000, "start a pod"],
    [["Failed", "Running"], 10_000, "wait"],
    [["Failed", "Failed"], 10_000, { afterMs: 10_000 }],
    [["Failed", "Failed"], 20_000, "start a pod"],
    [["Failed", "Failed", "Failed"], 20_000, "fail"],
    [["Failed", "Succeeded"], 0, "complete"],
  ];
  for (const [phases, sinceMs, expected] of rows) {
    it(`is ${JSON.stringify(expected)} with ${phases.join(", ") || "no pods"}, ${sinceMs} ms later`, () => {
      const job: Obj = { ...jobType, metadata: { name: "a" }, spec: { backoffLimit: 2 } };
      assert.deepEqual(nextOfJob(job, phases.map(podIn), endedAtMs + sinceMs), expected);
    });
  }

  function podIn(phase: string): Obj {
    const terminated = { finishedAt: new Date(endedAtMs).toISOString() };
    return { ...podType, metadata: { name: "a" }, status: { phase, containerStatuses: [{ state: { terminated } }] } };
  }
});

describe("the operator's stand-in", () => {
  let server: TestServer["server"];
  let client: SimClient;
  let stop: AbortController;
  beforeEach(async () => {
    ({ server, client } = startTestServer({ clock: systemSimClock }));
    server.install(platformCRDs());
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: PLATFORM_NAMESPACE } });
    stop = new AbortController();
    const nodeName = "local";
    startOperator({ platform: client, clock: systemSimClock, random: Math.random, nodeName, signal: stop.signal });
  });
  afterEach(() => {
    stop.abort();
    server.stop();
  });

  it("runs init with the arguments and the identity that the real operator gives it, and nothing else before", async () => {
    await install({ initCommand: ["init", "--format=text"], env: [{ name: "HTTPS_PROXY", value: "proxy" }] });

    const [pod, ...others] = await until(podsOf, (pods) => pods.length > 0);

    assert.deepEqual(others, []);
    assert.deepEqual(valueAt(containerOf(pod), "args"), [
      "init",
      "--format=text",
      "--environment=local",
      "--verbosity=INFO",
      "--provider-name=ocm",
    ]);
    assert.equal(textAt(pod, "spec", "serviceAccountName"), "sp-ocm-init");
    assert.equal(textAt(pod, "spec", "nodeName"), "local");
    assert.deepEqual(listAt(containerOf(pod), "env")[0], { name: "HTTPS_PROXY", value: "proxy" });
    await untilReasons("InitRunning", "ProviderInstallationPending");
  });

  it("runs the provider once init has succeeded, and is Ready when it runs", async () => {
    await install({ runReplicas: 2 });
    await endInit();

    const pods = await until(controllers, (found) => found.length === 2);
    await untilReasons("InitCompleted", "ProviderNotReady");
    assert.deepEqual(listAt(containerOf(pods[0]), "args").slice(4), [
      "--leader-elect=true",
      "--metrics-bind-address=:8080",
      "--metrics-secure=false",
    ]);
    for (const pod of pods) {
      await becomeReady(pod);
    }

    await untilReasons("InitCompleted", "ProviderReady");
    const { status } = await client.get(ref);
    assert.equal(textAt(status, "phase"), "Ready");
    const metrics = { name: "sp-ocm-metrics", namespace: PLATFORM_NAMESPACE };
    assert.deepEqual(valueAt(status, "metrics", "serviceRef"), metrics);
    assert.notEqual(await client.find({ apiVersion: "v1", kind: "Service", ...metrics }), undefined);
  });

  it("has a provider serve its metrics where it is told to, or nowhere", async () => {
    await install({ metrics: { disabled: true } });
    await endInit();
    const [pod] = await until(controllers, (found) => found.length === 1);

    assert.deepEqual(listAt(containerOf(pod), "args").slice(4), []);
    await becomeReady(pod);
    await untilReasons("InitCompleted", "ProviderReady");
    assert.equal(valueAt(await client.get(ref), "status", "metrics"), undefined);
  });

  it("initialises a changed provider again and replaces its pods one by one", async () => {
    await install({});
    await endInit();
    const [first] = await until(controllers, (found) => found.length === 1);
    await becomeReady(first);

    await client.patchMerge(ref, { spec: { image: "example.com/provider:v2" } });
    await until(
      () => client.find({ ...jobType, name: "sp-ocm-init", namespace: PLATFORM_NAMESPACE }),
      (job) => job?.metadata.annotations?.["openmcp.cloud/provider-generation"] === "2",
    );
    await endInit();
    const both = await until(controllers, (found) => found.length === 2);
    const next = both.find(({ metadata }) => metadata.name !== first?.metadata.name);
    assert.equal(textAt(containerOf(next), "image"), "example.com/provider:v2");
    assert.ok(next !== undefined && first !== undefined);
    await becomeReady(next);

    // The node ends the old pod in its own time.
    await until(
      () => client.get(refOf(first)),
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    await client.delete(refOf(first), { gracePeriodSeconds: 0 });
    await untilReasons("InitCompleted", "ProviderReady");
  });

  it("removes everything with the ServiceProvider", async () => {
    await install({});
    await endInit();
    await until(controllers, (found) => found.length === 1);

    await client.delete(ref);

    await until(
      () => client.find(ref),
      (provider) => provider === undefined,
    );
    assert.equal(await client.find(deployment), undefined);
    const left = await until(podsOf, (pods) => pods.every(({ metadata }) => metadata.deletionTimestamp !== undefined));
    assert.equal(left.length, 1);
  });

  it("leaves a ServiceProvider alone that is to be ignored", async () => {
    const annotations = { "openmcp.cloud/operation": "ignore" };
    await install({}, { annotations });
    await client.create({ ...serviceProviderType, metadata: { name: "other" }, spec: { image: "a" } });
    await until(podsOf, (pods) => pods.length > 0);

    assert.deepEqual((await client.get(ref)).metadata.finalizers ?? [], []);
    assert.deepEqual(
      (await podsOf()).filter((pod) => pod.metadata.name.startsWith("sp-ocm")),
      [],
    );
  });

  async function install(spec: object, metadata: object = {}): Promise<void> {
    const image = "example.com/provider:v1";
    await client.create({ ...serviceProviderType, metadata: { name: "ocm", ...metadata }, spec: { image, ...spec } });
  }

  async function untilReasons(...wanted: readonly string[]): Promise<void> {
    await until(
      () => client.get(ref),
      (provider) => reasonsOf(provider).join() === wanted.join(),
    );
  }

  function podsOf(): Promise<readonly Obj[]> {
    return client.list({ ...podType, namespace: PLATFORM_NAMESPACE });
  }

  async function controllers(): Promise<readonly Obj[]> {
    return (await podsOf()).filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === "controller");
  }

  /** Plays the node for the pod of the init Job that has not ended. */
  async function endInit(): Promise<void> {
    const [pod] = await until(
      async () => (await podsOf()).filter(isUnfinishedInit),
      (found) => found.length > 0,
    );
    const finishedAt = new Date().toISOString();
    const containerStatuses = [{ name: "init", state: { terminated: { exitCode: 0, finishedAt } } }];
    await client.status(refOf(pod ?? assert.fail("it runs")), { phase: "Succeeded", containerStatuses });
  }

  async function becomeReady(pod: Obj | undefined): Promise<void> {
    const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    await client.status(refOf(pod ?? assert.fail("it runs")), status);
  }
});

function containerOf(pod: unknown): unknown {
  return listAt(pod, "spec", "containers")[0];
}

async function until<T>(look: () => Promise<T>, isMet: (found: T) => boolean): Promise<T> {
  let found = await look();
  await waitFor(systemSimClock, async () => isMet((found = await look())));
  return found;
}

function reasonsOf(provider: unknown): readonly string[] {
  return listAt(provider, "status", "conditions").map((one) => textAt(one, "reason"));
}

function isUnfinishedInit(pod: Obj): boolean {
  return pod.metadata.name.startsWith("sp-ocm-init") && textAt(pod, "status", "phase") === "Pending";
}
