import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { SimTransport } from "../../sim/transport.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { conditionOf } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { definitionOf, definitionRef, objectOf, type UnknownKind } from "../support/unknown-kind.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const RELEASE = ref("helmRelease", "sp-ocm-k8s-toolkit", tenantNamespace(plane.name, plane.namespace));
const OCM = ref("ocm", plane.name, plane.namespace);
const RELIC: UnknownKind = { kind: "Relic", plural: "relics", scope: "Cluster", version: "v1beta7" };
const WONDER: UnknownKind = { kind: "Wonder", plural: "wonders", scope: "Namespaced", version: "v3" };
const relic = { apiVersion: "delivery.ocm.software/v1beta7", kind: "Relic", name: "foo" };
const HOUR_MS = 3_600_000;

type Answers = (text: string, send: () => ReturnType<SimTransport>) => ReturnType<SimTransport>;

/** A tenant with the toolkit and a Relic, whose control plane answers as `answers` says. */
class Installed {
  readonly world: SimulatedWorld;
  readonly mcp: SimClient;
  readonly sent: string[];

  private constructor(world: SimulatedWorld, mcp: SimClient, sent: string[]) {
    this.world = world;
    this.mcp = mcp;
    this.sent = sent;
  }

  static async start(answers: Answers = (_text, send) => send()): Promise<Installed> {
    const sent: string[] = [];
    const world = await SimulatedWorld.start(4, ({ text, send }) => {
      if (!text.startsWith(`${plane.name} `)) {
        return send();
      }
      sent.push(text);
      return answers(text, send);
    });
    const { simulation, clock } = world;
    const [version = ""] = simulation.charts.versions;
    await simulation.platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { pollInterval: "1h" } });
    world.startProvider();
    await clock.runUntil(simulation.orderControlPlane(plane));
    await simulation.onboarding.client.create(ocm(plane, version));
    await world.untilOcm(plane, isInstalled(version));
    const mcp = [...simulation.clusters.values()].find(({ name }) => name === plane.name);
    assert.ok(mcp);
    const tenant = new Installed(world, mcp.client, sent);
    await tenant.create(RELIC, { name: "foo" });
    return tenant;
  }

  /** Creates a kind, and an object of it. */
  async create(kind: UnknownKind, metadata: Obj["metadata"]): Promise<void> {
    await this.mcp.create(definitionOf(kind));
    await this.world.clock.advance(1_000);
    await this.mcp.create(objectOf(kind, metadata));
  }

  async remove(): Promise<void> {
    await this.world.simulation.onboarding.client.delete(OCM);
  }

  untilSays(isMet: (message: string) => boolean): Promise<void> {
    return this.world.untilOcm(plane, (found) => isMet(conditionOf(found, "Removed")?.message ?? ""));
  }

  untilGone(): Promise<void> {
    return this.world.untilOcm(plane, (found) => found === undefined);
  }

  async isReleaseThere(): Promise<boolean> {
    const release = await this.world.simulation.platform.client.find(RELEASE);
    return release !== undefined && release.metadata.deletionTimestamp === undefined;
  }
}

function refusing(path: string, code: number): { readonly answers: Answers; isOver: boolean } {
  const refusal = {
    isOver: false,
    answers: (text: string, send: () => ReturnType<SimTransport>) =>
      refusal.isOver || !text.endsWith(path)
        ? send()
        : Promise.resolve({ status: code, headers: {}, body: bytesOf("404 page not found") }),
  };
  return refusal;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}

describe("a kind that nobody here has heard of", () => {
  for (const code of [503, 404]) {
    it(`is not taken for absent while its version is answered with ${code}`, async () => {
      const refusal = refusing("/apis/delivery.ocm.software/v1beta7", code);
      const tenant = await Installed.start(refusal.answers);
      await tenant.remove();
      await tenant.world.clock.advance(5 * HOUR_MS);
      assert.ok(await tenant.isReleaseThere());

      refusal.isOver = true;
      await tenant.world.clock.advance(2 * HOUR_MS);
      await tenant.untilSays((message) => message.endsWith(": Relic foo"));
      assert.ok(await tenant.isReleaseThere());

      await tenant.mcp.delete(relic);
      await tenant.untilGone();
      await tenant.world.stop();
    });
  }

  it("is left alone once its definition is gone, while another one blocks the deletion", async () => {
    const tenant = await Installed.start();
    await tenant.create(WONDER, { name: "first", namespace: "default" });
    await tenant.remove();
    await tenant.untilSays((message) => message.endsWith(": Relic foo, Wonder default/first"));

    await tenant.mcp.delete(definitionRef(WONDER));
    await tenant.untilSays((message) => message.endsWith(": Relic foo"));
    await tenant.world.clock.advance(60_000);
    tenant.sent.length = 0;
    await tenant.world.clock.advance(10 * HOUR_MS);

    assert.deepEqual(
      tenant.sent.filter((text) => text.includes("/wonders")),
      [],
    );
    // Polls, and what Flux does once in an hour.
    const looks = tenant.sent.filter((text) => text.endsWith("GET /apis/delivery.ocm.software"));
    assert.ok(looks.length < 50, `${looks.length} looks in ten hours`);
    await tenant.mcp.delete(relic);
    await tenant.untilGone();
    await tenant.world.stop();
  });

  it("is noticed when it goes by a process that has not seen it come", async () => {
    const tenant = await Installed.start();
    await tenant.remove();
    await tenant.untilSays((message) => message.endsWith(": Relic foo"));

    tenant.world.crash();
    tenant.world.startProvider();
    await tenant.world.clock.advance(60_000);
    await tenant.mcp.delete(relic);

    await tenant.untilGone();
    await tenant.world.stop();
  });
});
