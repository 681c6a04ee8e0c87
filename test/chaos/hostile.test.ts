import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { isReady } from "../support/ocm-status.ts";
import { find, other, startTwo, victim } from "./two-tenants.ts";

const marker = join(tmpdir(), `service-provider-ocm-hostile-${process.pid}`);

const kubeconfig = (cluster: object, user: object): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: "https://cluster-3.example.com", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });

const exec = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: "touch",
  args: [marker],
  interactiveMode: "Never",
};
const hostile: Readonly<Record<string, string>> = {
  "runs a plugin": kubeconfig({}, { exec }),
  "names a provider of tokens": kubeconfig({}, { "auth-provider": { name: "oidc", config: { "cmd-path": marker } } }),
  "names a file with a token": kubeconfig({}, { tokenFile: "/etc/hostname" }),
  "names a file with an authority": kubeconfig(
    { "certificate-authority": "/etc/hostname" },
    { token: "a-secret-token" },
  ),
  "has no authority but words": kubeconfig(
    { "certificate-authority-data": "bm90IGEgY2VydA==" },
    { token: "a-secret-token" },
  ),
  "is of another place": kubeconfig({ server: "file:///etc/hostname" }, { token: "a-secret-token" }),
  "has keys of prototypes":
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"clusters":[]}',
  "is no YAML": "a-secret-token: [\u0000",
};

describe("a kubeconfig of somebody who means ill", () => {
  for (const [what, text] of Object.entries(hostile)) {
    it(`that ${what} has nothing done, is told of without its content, and holds up nobody else`, async () => {
      const { world, rules } = await startTwo();
      const { platform, onboarding } = world.ground;
      const namespace = tenantNamespace(victim.name, victim.namespace);
      const secret = ref("secret", "ocm.services.openmcp.cloud--shared-name--mcp.kubeconfig", namespace);
      const { data } = await platform.client.get(secret);
      const before = find(world, other);

      await platform.client.patchMerge(secret, { data: { kubeconfig: Buffer.from(text).toString("base64") } });
      await onboarding.client.delete(ref("ocm", victim.name, victim.namespace));
      await world.clock.advance(120_000);
      const during = find(world, victim);
      await rules.checkSecrecy();
      await platform.client.patchMerge(secret, { data });
      await world.clock.runUntil(world.until(() => find(world, victim) === undefined));

      assert.equal(during?.status?.phase, "Terminating");
      assert.equal(existsSync(marker), false);
      assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
      assert.ok(before !== undefined && isReady(before));
      assert.deepEqual(find(world, other), before);
      assert.deepEqual(rules.violations, []);
      await world.stop();
    });
  }
});
