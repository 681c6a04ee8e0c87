import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { load } from "js-yaml";

import { ApiServer, WATCH_DELAY_MS } from "../apiserver/api-server.ts";
import { ClientError } from "../client-error.ts";
import { SimClient } from "../client.ts";
import { VirtualClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import type { ObjRef } from "../resource-paths.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";
import { orderControlPlane, removeControlPlane } from "./control-plane.ts";
import {
  accessRequestType,
  clusterRequestType,
  clusterType,
  PLATFORM_NAMESPACE,
  serviceProviderType,
} from "./kinds.ts";
import type { Decision } from "./platform-context.ts";
import { seedPlatform } from "./seed.ts";
import { type PlatformOptions, type PlatformStandIn, startPlatform } from "./start-platform.ts";
import { tenantNamespace } from "./tenant-namespace.ts";

const namespace = PLATFORM_NAMESPACE;
const name = "provider--onboarding";
const clusterRequest = { ...clusterRequestType, name, namespace };
const accessRequest = { ...accessRequestType, name, namespace };
const secret = { apiVersion: "v1", kind: "Secret", name: `${name}.kubeconfig`, namespace };
const configMaps = { apiVersion: "v1", kind: "ConfigMap" };
const LIFETIME_MS = 1_000_000;

describe("the platform's stand-in", () => {
  let clock: VirtualClock;
  let platform: SimClient;
  let onboardingServer: ApiServer;
  let onboarding: SimClient;
  let decision: Decision;
  let standIn: PlatformStandIn;
  let stop: AbortController;

  beforeEach(async () => {
    clock = new VirtualClock();
    stop = new AbortController();
    decision = "grant";
    const platformServer = startServer("platform", clock);
    onboardingServer = startServer("onboarding", clock);
    platform = adminOf(platformServer, clock);
    onboarding = adminOf(onboardingServer, clock);
    stop.signal.addEventListener("abort", () => {
      platformServer.stop();
      onboardingServer.stop();
    });
    await clock.runUntil(seedPlatform({ platform, clock }));
    standIn = startPlatform({ ...parts(), tokenLifetimeMs: LIFETIME_MS, decide: () => decision });
  });
  afterEach(() => {
    stop.abort();
  });

  const parts = (): Pick<PlatformOptions, "platform" | "clusterFor" | "clock" | "random" | "signal"> => ({
    platform,
    clusterFor: () => Promise.resolve({ server: "https://onboarding.example.com", client: onboarding }),
    clock,
    random: () => 0.5,
    signal: stop.signal,
  });
  const until = async (isDone: () => Promise<boolean>): Promise<void> => {
    for (let round = 0; round < 100 && !(await isDone()); round += 1) {
      await clock.advance(10);
    }
    assert.equal(await isDone(), true);
  };
  const phaseIs = (phase: string): Promise<void> =>
    until(async () => textAt(await platform.get(accessRequest), "status", "phase") === phase);
  const request = async (token: object): Promise<void> => {
    await platform.create(named(clusterRequest, { purpose: "onboarding" }));
    await platform.create(named(accessRequest, { requestRef: { name, namespace }, token }));
  };
  const tenant = async (): Promise<SimClient> => {
    const kubeconfig = Buffer.from(textAt(await platform.get(secret), "data", "kubeconfig"), "base64").toString();
    const token = textAt(listAt(load(kubeconfig), "users")[0], "user", "token");
    return new SimClient((sent) => onboardingServer.handle(sent), { token, clock });
  };

  const register = (resources: readonly object[]): Promise<Obj> =>
    platform.status({ ...serviceProviderType, name: "ocm" }, { resources });

  it("answers an access request in the recorded steps", async () => {
    const steps: string[] = [];
    void (async () => {
      for await (const event of platform.follow(accessRequestType, stop.signal)) {
        if (event.type === "applied") {
          steps.push(summaryOf(event.object));
        }
      }
    })();
    await clock.advance(1);

    await request(readConfigMaps("default"));
    await phaseIs("Granted");
    await clock.advance(WATCH_DELAY_MS);

    // Between the second and the third step the stand-in adds a finalizer of its own.
    assert.deepEqual(
      steps.filter((step, index) => step !== steps[index - 1]),
      [
        "generation 1",
        "generation 2, local/local, onboarding",
        "generation 2, local/local, onboarding, Pending@2",
        "generation 2, local/local, onboarding, Granted@2, provider--onboarding.kubeconfig",
      ],
    );
  });

  it("answers again when the operator beside it calls a request pending that is granted already", async () => {
    startPlatform({ ...parts(), endCluster: async () => Promise.resolve() });
    await request(readConfigMaps("default"));
    await phaseIs("Granted");

    await platform.status(accessRequest, { phase: "Pending" });

    await phaseIs("Granted");
  });

  it("limits the user of the kubeconfig to what was asked for", async () => {
    await request(readConfigMaps("default"));
    await phaseIs("Granted");

    const user = await tenant();
    assert.ok((await user.list({ ...configMaps, namespace: "default" })).length >= 0);
    await assert.rejects(user.list({ ...configMaps, namespace: "kube-system" }), isForbidden);
    await assert.rejects(user.list({ apiVersion: "v1", kind: "Secret", namespace: "default" }), isForbidden);
  });

  it("sends a changed request through Pending and takes back what is no longer asked for", async () => {
    await request(readConfigMaps("default"));
    await phaseIs("Granted");
    decision = "hold";

    await platform.patchMerge(accessRequest, { spec: { token: readConfigMaps("kube-system") } });
    await phaseIs("Pending");
    decision = "grant";
    await standIn.reconsider();
    await phaseIs("Granted");

    const user = await tenant();
    assert.ok((await user.list({ ...configMaps, namespace: "kube-system" })).length >= 0);
    await assert.rejects(user.list({ ...configMaps, namespace: "default" }), isForbidden);
  });

  it("renews the token in place after four fifths of its life", async () => {
    await request(readConfigMaps("default"));
    await phaseIs("Granted");
    const [granted, issued] = [await platform.get(accessRequest), await platform.get(secret)];

    await clock.advance(0.79 * LIFETIME_MS - 1000);
    assert.deepEqual(await platform.get(secret), issued);
    await clock.advance(0.02 * LIFETIME_MS + 2000);

    assert.notDeepEqual(valueAt(await platform.get(secret), "data"), valueAt(issued, "data"));
    assert.deepEqual(await platform.get(accessRequest), granted);
    await clock.advance(0.5 * LIFETIME_MS);
    assert.ok((await (await tenant()).list({ ...configMaps, namespace: "default" })).length >= 0);
  });

  it("denies for good what it is told to deny", async () => {
    await platform.create(named(clusterRequest, { purpose: "onboarding" }));
    await until(async () => textAt(await platform.get(clusterRequest), "status", "phase") === "Granted");
    decision = "deny";

    await platform.create(named(accessRequest, { requestRef: { name, namespace }, token: readConfigMaps("default") }));
    await phaseIs("Denied");

    assert.equal(await platform.find(secret), undefined);
  });

  it("takes account, rights and kubeconfig away with the access request", async () => {
    await request(readConfigMaps("default"));
    await phaseIs("Granted");
    const user = await tenant();

    await platform.delete(accessRequest);
    await until(async () => (await platform.find(secret)) === undefined);

    await assert.rejects(user.list({ ...configMaps, namespace: "default" }), { code: 401 });
  });

  describe("removes a control plane", () => {
    const mcp = { name: "mcp-01", namespace: "project-p--ws-w" };
    const cluster = { ...clusterRequestType, name: mcp.name, namespace: tenantNamespace(mcp) };
    const rbac = { group: "rbac.authorization.k8s.io", version: "v1" };
    const service = (kind: string): ObjRef => ({ apiVersion: `${rbac.group}/${rbac.version}`, kind, ...mcp });
    const begin = (): Promise<void> => removeControlPlane({ platform, onboarding, clock }, mcp);
    const createService = (kind: "Role" | "RoleBinding"): Promise<Obj> => {
      const metadata = { ...mcp, finalizers: ["example.com/hold"] };
      const roleRef = { apiGroup: rbac.group, kind: "Role", name: mcp.name };
      const { apiVersion } = service(kind);
      return onboarding.create({ apiVersion, kind, metadata, ...(kind === "Role" ? { rules: [] } : { roleRef }) });
    };
    const isDeleted = async (kind: string): Promise<boolean> =>
      (await onboarding.get(service(kind))).metadata.deletionTimestamp !== undefined;
    const letGo = (kind: string): Promise<Obj> =>
      onboarding.patchMerge(service(kind), { metadata: { finalizers: null } });

    beforeEach(() => clock.runUntil(orderControlPlane({ platform, onboarding, clock }, mcp)));

    it("with the objects of all registered kinds, which it deletes at once", async () => {
      assert.equal((await platform.list({ ...clusterType, namespace: tenantNamespace(mcp) })).length, 1);
      await register(["Role", "RoleBinding"].map((kind) => ({ ...rbac, kind })));
      await createService("Role");
      await createService("RoleBinding");

      const removal = begin();
      await clock.advance(20_000);
      assert.deepEqual([await isDeleted("Role"), await isDeleted("RoleBinding")], [true, true]);
      await letGo("Role");
      await clock.advance(20_000);
      assert.notEqual(await platform.find(cluster), undefined);
      await letGo("RoleBinding");
      await clock.runUntil(removal);

      assert.equal(await platform.find({ apiVersion: "v1", kind: "Namespace", name: tenantNamespace(mcp) }), undefined);
    });

    it("until it is told to end", async () => {
      await register([{ ...rbac, kind: "Role" }]);
      await createService("Role");
      const end = new AbortController();
      const removal = assert.rejects(removeControlPlane({ platform, onboarding, clock, signal: end.signal }, mcp), {
        message: "stopped",
      });
      await clock.advance(20_000);

      end.abort(new Error("stopped"));
      await removal;

      await letGo("Role");
    });

    it("with an object that has come while others were being deleted", async () => {
      await register(["Role", "RoleBinding"].map((kind) => ({ ...rbac, kind })));
      await createService("Role");

      const removal = begin();
      await clock.advance(20_000);
      await createService("RoleBinding");
      await letGo("Role");
      await clock.advance(20_000);

      assert.equal(await isDeleted("RoleBinding"), true);
      await letGo("RoleBinding");
      await clock.runUntil(removal);
    });

    for (const [what, missing] of [
      ["a kind", { ...rbac, kind: "Missing" }],
      ["a group", { group: "missing.example.com", version: "v1", kind: "Missing" }],
    ] as const) {
      it(`only when the API server serves every registered kind: ${what} without CRD blocks`, async () => {
        await register([{ ...rbac, kind: "Role" }, missing]);
        await createService("Role");

        const removal = begin();
        await clock.advance(20_000);

        assert.equal(await isDeleted("Role"), false);
        assert.notEqual(await platform.find(cluster), undefined);
        await register([]);
        await clock.runUntil(removal);
      });
    }
  });
});

it("names the tenant namespace as the platform does", () => {
  const mcp = { name: "mcp-01", namespace: "project-p--ws-w" };

  assert.equal(tenantNamespace(mcp), "mcp--ae42cc4d-aeb1-8846-9082-e13de8657740");
});

function startServer(serverName: string, clock: VirtualClock): ApiServer {
  const server = new ApiServer({ name: serverName, clock, random: counting() });
  server.start();
  return server;
}

function adminOf(server: ApiServer, clock: VirtualClock): SimClient {
  return new SimClient((sent) => server.handle(sent), { token: server.adminToken, clock });
}

function counting(): () => number {
  let count = 0;
  return () => {
    count += 1;
    return (count * 0.618_033_988_75) % 1;
  };
}

function named(ref: typeof clusterRequest | typeof accessRequest, spec: object): Obj {
  return { apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name, namespace: ref.namespace }, spec };
}

function readConfigMaps(inNamespace: string): object {
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }];
  return { permissions: [{ namespace: inNamespace, rules }] };
}

function isForbidden(error: unknown): boolean {
  return error instanceof ClientError && error.code === 403;
}

function summaryOf(object: Obj): string {
  const labels = object.metadata.labels ?? {};
  const provider = labels["clusters.openmcp.cloud/provider"];
  const phase = textAt(object, "status", "phase");
  const parts = [
    `generation ${String(object.metadata.generation)}`,
    provider === undefined ? "" : `${provider}/${labels["clusters.openmcp.cloud/profile"] ?? ""}`,
    textAt(object, "spec", "clusterRef", "name"),
    phase === "" ? "" : `${phase}@${String(valueAt(object, "status", "observedGeneration"))}`,
    textAt(object, "status", "secretRef", "name"),
  ];
  return parts.filter((part) => part !== "").join(", ");
}
