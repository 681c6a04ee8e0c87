import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ObjRef } from "../../sim/resource-paths.ts";
import { configMaps } from "../../src/kube/core.ts";
import { readCrd } from "../../src/openmcp/platform/read-crd.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { serviceProvider } from "../../src/openmcp/program/service-provider.ts";
import { reportOn } from "../../src/openmcp/service/control-planes.ts";
import type { ServiceObject } from "../../src/openmcp/service/status.ts";
import { kindOf } from "../support/kinds.ts";
import { isReady, type ServiceObj } from "../support/ocm-status.ts";
import { type Cast, SimulatedWorld } from "../support/simulated-world.ts";

const GROUP = "hello.example.org";
const EARLIER = "hello.example.com";
const VERSION = "v1alpha1";
const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const where = { namespace: "default", name: "hello" };
const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "patch", "delete"] }];

function kindsOf(group: string) {
  return {
    resource: { group, version: VERSION, kind: "Hello", plural: "hellos", namespaced: true },
    configResource: { group, version: VERSION, kind: "ProviderConfig", plural: "providerconfigs", namespaced: false },
  };
}

/** A provider without objects on the platform but its access, whose kinds had another API group before. */
const program = serviceProvider<ServiceObject, ServiceObject, object>({
  name: "service-provider-hello",
  version: "0.1.0",
  summary: "Greets control planes.",
  ...kindsOf(GROUP),
  earlier: [kindsOf(EARLIER)],
  controller: EARLIER,
  crds: [GROUP, EARLIER].flatMap((group) =>
    ["hello", "providerconfig"].map((name) =>
      readCrd(new URL(`../../examples/hello/crds/${name}.yaml`, import.meta.url), group),
    ),
  ),
  settings: { read: () => ({}) },
  service: ({ controlPlanes }) => {
    const access = controlPlanes({ permissions: [{ rules }] });
    const greeting = { apiVersion: "v1", kind: "ConfigMap", metadata: where, data: { text: "Hello" } };
    return {
      ensure: async (object, pass) => {
        const accessReady = await access.request(object, pass);
        const greeted = await reportOn({ type: "Greeted", reason: "Applied", message: "greeted" }, () =>
          access.visit(object, pass, (controlPlane) => controlPlane.apply(configMaps, greeting)),
        );
        return { reports: [accessReady, greeted] };
      },
      remove: async (object, pass) => {
        const left = await access.remove(object, pass, async (controlPlane) => {
          const isGone = await controlPlane.deleteIfExists(configMaps, where);
          return isGone ? undefined : { type: "Removed", state: "waiting", reason: "BeingDeleted", message: "waiting" };
        });
        return left === undefined ? "removed" : { reports: [left] };
      },
    };
  },
});

const cast: Cast = { program, providerName: "hello", configure: () => Promise.resolve() };

function refOf(group: string): ObjRef {
  return { apiVersion: `${group}/${VERSION}`, kind: "Hello", ...plane };
}

describe("a provider whose objects change their API group", () => {
  it("moves its access to control planes, and leaves nothing behind", async () => {
    const world = await SimulatedWorld.start(1, undefined, { cast });
    const { clock, simulation } = world;
    const { platform, onboarding } = simulation;
    const cluster = await clock.runUntil(simulation.orderControlPlane(plane));
    const mcp = cluster?.client ?? assert.fail("expected a control plane");
    const create = async (group: string): Promise<void> => {
      const { apiVersion, kind } = refOf(group);
      await onboarding.client.create({ apiVersion, kind, metadata: plane, spec: { greeting: "Hello" } });
      await world.until(refOf(group), (found: ServiceObj | undefined) => found !== undefined && isReady(found));
      await clock.advance(5_000);
    };
    const accesses = async (): Promise<readonly string[]> => {
      const requests = await platform.client.list(
        kindOf("accessRequest", tenantNamespace(plane.name, plane.namespace)),
      );
      return requests.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("hello."));
    };
    const greeting = { ...where, apiVersion: "v1", kind: "ConfigMap" };
    world.startProvider();
    await create(EARLIER);
    const { uid } = (await mcp.get(greeting)).metadata;

    await create(GROUP);
    assert.deepEqual(await accesses(), [`${GROUP}--mcp-01--mcp`]);

    await onboarding.client.delete(refOf(EARLIER));
    await clock.advance(5_000);
    assert.equal(await onboarding.client.find(refOf(EARLIER)), undefined);
    assert.equal((await mcp.get(greeting)).metadata.uid, uid);

    await onboarding.client.delete(refOf(GROUP));
    await world.until(refOf(GROUP), (found) => found === undefined);
    assert.equal(await mcp.find(greeting), undefined);
    assert.deepEqual(await accesses(), []);
    await world.stop();
  });
});
