import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { loosenSchema } from "../support/lax-schema.ts";
import { ref } from "../support/kinds.ts";
import { isReady } from "../support/ocm-status.ts";
import { find, other, startTwo, victim as attacker } from "./two-tenants.ts";
import type { World } from "./world.ts";

const prototypes = JSON.parse(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
) as object;

/** An API server that takes any spec. */
async function loosenSchemas({ ground }: World): Promise<void> {
  await loosenSchema(ground.onboarding.client, "ocms.ocm.services.openmcp.cloud");
  await loosenSchema(ground.platform.client, "providerconfigs.ocm.services.openmcp.cloud");
}

const specs: Readonly<Record<string, unknown>> = {
  "keys of prototypes": { version: "0.4.0", ...prototypes },
  "a version that is an object": { version: prototypes },
  "a version of a megabyte": { version: "9".repeat(1_000_000) },
  "a version that leads elsewhere": { version: "../../../secrets@sha256:0" },
  "unknown fields": { version: "0.4.0", targetNamespace: "kube-system", kubeConfig: { secretRef: { name: "other" } } },
};

const marks: Readonly<Record<string, string>> = {
  "openmcp.cloud/managed-by": "ocm.services.openmcp.cloud",
  "openmcp.cloud/onboarding-name": other.name,
  "openmcp.cloud/onboarding-namespace": other.namespace,
  "ocm.services.openmcp.cloud/version": "0.5.0",
  constructor: "x",
};

describe("an OCM object of somebody who means ill", () => {
  for (const [what, spec] of Object.entries(specs)) {
    it(`with ${what} and marks of another tenant changes nothing for others, and can be deleted`, async () => {
      const { world, rules } = await startTwo(loosenSchemas);
      const { client } = world.ground.onboarding;
      const before = find(world, other);
      const metadata = { labels: marks, annotations: marks };

      await client.patchMerge(ref("ocm", attacker.name, attacker.namespace), { metadata, spec });
      await world.clock.advance(120_000);
      await rules.checkSecrecy();
      const after = find(world, other);
      await client.delete(ref("ocm", attacker.name, attacker.namespace));
      await world.clock.runUntil(world.until(() => find(world, attacker) === undefined));

      assert.ok(before !== undefined && isReady(before));
      assert.deepEqual(after, before);
      assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
      assert.deepEqual(rules.violations, []);
      await world.stop();
    });
  }

  it("is not what a ProviderConfig past its schema takes from others: what is installed stays", async () => {
    const { world, rules } = await startTwo(loosenSchemas);
    const { platform } = world.ground;
    const values = { manager: { ...prototypes, note: "x".repeat(100_000) } };

    await platform.client.patchMerge(ref("providerConfig", "ocm"), {
      spec: { values, pollInterval: "-1h", versions: "none", chartURL: `oci://${"a".repeat(100_000)}` },
    });
    await world.clock.advance(120_000);
    await rules.checkSecrecy();

    assert.equal(find(world, other)?.status?.installedVersion, "0.4.0");
    assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
    assert.deepEqual(rules.violations, []);
    await world.stop();
  });
});
