import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { textAt } from "../../sim/value-at.ts";
import { kindOf, ref } from "../support/kinds.ts";
import type { ServiceObj } from "../support/ocm-status.ts";
import { isInstalled, SimulatedWorld } from "../support/simulated-world.ts";
import { ocm } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const OCM = ref("ocm", plane.name, plane.namespace);
const AUTHORITY = "certificate-authority-data";
const SERVER = "https://mcp.example:6443";
const TOKEN = "hunter2";

type Kubeconfig = { readonly cluster: object; readonly user: object };

async function startInstalled(): Promise<SimulatedWorld> {
  const world = await SimulatedWorld.start(1);
  world.startProvider();
  await world.clock.runUntil(world.simulation.orderControlPlane(plane));
  const [version = ""] = world.simulation.charts.versions;
  await world.simulation.onboarding.client.create(ocm(plane, version));
  await world.untilOcm(plane, isInstalled(version));
  return world;
}

/** Has the platform grant this kubeconfig. */
async function grant({ simulation }: SimulatedWorld, { cluster, user }: Kubeconfig): Promise<void> {
  const { client } = simulation.platform;
  const [request] = await client.list(kindOf("accessRequest"), { labelSelector: "openmcp.cloud/onboarding-name" });
  assert.ok(request);
  const kubeconfig = JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{ name: "a", cluster }],
    users: [{ name: "a", user }],
  });
  const secret = ref("secret", textAt(request, "status", "secretRef", "name"), request.metadata.namespace ?? "");
  await client.patchMerge(secret, { data: { kubeconfig: Buffer.from(kubeconfig).toString("base64") } });
}

async function access({ simulation, clock }: SimulatedWorld): Promise<readonly string[]> {
  await clock.advance(10_000);
  const { status } = await simulation.onboarding.client.get<ServiceObj>(OCM);
  const condition = status?.conditions?.find(({ type }) => type === "AccessReady");
  assert.ok(condition);
  return [condition.status, condition.reason, condition.message];
}

const granted = ["True", "AccessGranted", "access to the control plane is granted"];
const unverified = [
  "True",
  "AccessGranted",
  /granted, but nobody verifies the server: .*; ask the operator of the platform/,
];
const refused = (cause: RegExp) => ["False", "KubeconfigRefused", cause];

const table: readonly (readonly [what: string, kubeconfig: Kubeconfig, expected: readonly (string | RegExp)[]])[] = [
  ["https", { cluster: { server: SERVER }, user: { token: TOKEN } }, granted],
  [
    "no verification",
    { cluster: { server: SERVER, "insecure-skip-tls-verify": true }, user: { token: TOKEN } },
    unverified,
  ],
  ["http for nobody", { cluster: { server: "http://mcp.example" }, user: {} }, unverified],
  [
    "http with a token",
    { cluster: { server: "http://mcp.example" }, user: { token: TOKEN } },
    refused(/operator of the platform has to correct it: .*server must start with https:/),
  ],
  ["a command", { cluster: { server: SERVER }, user: { exec: { command: TOKEN } } }, refused(/exec is refused/)],
  ["a file", { cluster: { server: SERVER }, user: { tokenFile: TOKEN } }, refused(/tokenFile is refused/)],
  [
    "a broken authority",
    { cluster: { server: SERVER, [AUTHORITY]: TOKEN }, user: {} },
    refused(/must be PEM in base64/),
  ],
];

describe("the kubeconfig of a tenant", () => {
  for (const [what, kubeconfig, expected] of table) {
    it(`is reviewed after a start and on request: ${what}`, async () => {
      const world = await startInstalled();

      world.crash();
      await grant(world, kubeconfig);
      world.startProvider();
      await world.clock.advance(60_000);
      assertAccess(await access(world), expected);

      await grant(world, { cluster: { server: SERVER }, user: { token: "other" } });
      const annotations = { "openmcp.cloud/operation": "reconcile" };
      await world.simulation.onboarding.client.patchMerge(OCM, { metadata: { annotations } });
      assertAccess(await access(world), granted);
      await world.stop();
    });
  }

  it("is reviewed at the first check after an installation", async () => {
    const world = await startInstalled();
    await grant(world, { cluster: { server: SERVER, "insecure-skip-tls-verify": true }, user: { token: TOKEN } });

    await world.clock.advance(120_000);

    assertAccess(await access(world), unverified);
    await world.stop();
  });
});

function assertAccess(found: readonly string[], expected: readonly (string | RegExp)[]): void {
  for (const [index, wanted] of expected.entries()) {
    const text = found[index] ?? "";
    assert.ok(typeof wanted === "string" ? text === wanted : wanted.test(text), text);
    assert.ok(!text.includes(TOKEN), "a secret is quoted");
  }
}
