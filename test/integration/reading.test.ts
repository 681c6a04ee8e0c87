import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { contain } from "../../ground/image/contain.ts";
import type { UnpackedImage } from "../../ground/image/unpack-image.ts";
import { textAt } from "../../sim/value-at.ts";
import { type Answer, answerOf, answerOfProcess } from "../support/answer-of.ts";
import { awaitPresent } from "../support/await-object.ts";
import { ref } from "../support/kinds.ts";
import { linesOfRequest, linesOfRule } from "../support/rights-lines.ts";
import { awaitReady } from "../support/ocm-status.ts";
import { TOOLKIT_NAME } from "../../src/ocm/names.ts";
import type { PolicyRule } from "../../src/openmcp/platform/kinds.ts";
import { ONBOARDING_REQUEST } from "../support/onboarding-credentials.ts";
import { imageOfSuite } from "../support/provider-image.ts";
import { ocm, POD_NAMESPACE, prepare, startWorld, UNJUDGED, type World } from "../support/world.ts";

const plane = { name: "mcp-01", namespace: "project-x--ws-y" };
const READS = /^(?:get|list|watch) |^create self\w+reviews\.(?:authentication|authorization)\.k8s\.io$/u;
const IN_POD = "/etc/kubernetes/kubeconfig";

describe("a command that only reads", () => {
  let world: World;
  let image: UnpackedImage | undefined;
  before(async () => {
    world = await startWorld();
    image = await imageOfSuite();
    await prepare(world);
    await world.configure();
    await world.onboarding.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: plane.namespace } });
    await world.onboarding.create(ocm(plane, world.ground.charts.versions[0] ?? ""), UNJUDGED);
  });
  after(() => world.stop());

  it("asks for no access, and says where it has looked for that of the provider", async () => {
    const { status, stdout, stderr } = await answerOf(world, ["status"]);

    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(stderr.split("\n").length, 2, stderr);
    assert.ok(stderr.includes(ONBOARDING_REQUEST.name) && stderr.includes(POD_NAMESPACE), stderr);
    assert.ok(stderr.includes("--onboarding-kubeconfig"), stderr);
    assert.equal(await world.platform.find(ONBOARDING_REQUEST), undefined);
  });

  it("takes a kubeconfig of the onboarding cluster from whoever has one", async () => {
    const path = world.ground.onboarding.kubeconfigPath;

    const { status, stdout, stderr } = await answerOf(world, ["status", "--onboarding-kubeconfig", path]);

    assert.deepEqual([status, stderr], [0, ""]);
    assert.ok(stdout.includes(plane.name), stdout);
  });

  it("takes the access of the running provider, also in a pod that has no shell", async () => {
    await world.run();

    const { status, stdout, stderr } = await (inPod(["status"]) ?? answerOf(world, ["status"]));

    assert.deepEqual([status, stderr], [0, ""]);
    assert.ok(stdout.includes(plane.name), stdout);
  });

  it("sends no request but reads and reviews of the own rights, whatever it is asked", async () => {
    const tenant = await world.order(plane);
    await awaitReady(world.onboarding, plane, world.ground.charts.versions[0] ?? "");
    const namespace = tenant.tenantNamespace;
    const lines = [
      "status",
      `status ${plane.name} -n ${plane.namespace}`,
      `trace ${namespace}`,
      `trace helmrelease/${TOOLKIT_NAME} -n ${namespace}`,
      "render --diff",
      "doctor",
    ];
    for (const line of lines) {
      const { stdout, stderr } = await answerOf(world, line.split(" "));
      assert.equal(stderr, "", `${line}: ${stdout}`);
    }

    const clusters = {
      platform: world.ground.platform,
      onboarding: world.ground.onboarding,
      "control plane": tenant.cluster,
    };
    for (const [name, cluster] of Object.entries(clusters)) {
      const requests = await world.ground.requests(cluster);
      const sent = requests.filter(({ userAgent }) => userAgent.endsWith(" (reading)")).flatMap(linesOfRequest);

      assert.notEqual(sent.length, 0);
      assert.deepEqual(
        sent.filter((one) => !READS.test(one)),
        [],
      );
      const documented = new Set(documentedReads(name).flatMap(linesOfRule));
      assert.deepEqual(
        sent.filter((one) => !documented.has(one)),
        [],
        `${name}: see docs/permissions.md`,
      );
    }
  });

  it("runs no program that the kubeconfig of another system names", async () => {
    const request = await awaitPresent(world.platform, ONBOARDING_REQUEST, isGranted, {
      what: "access is granted",
      withinMs: 30_000,
    });
    const name = textAt(request, "status", "secretRef", "name");
    const users = [{ name: "user", user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "id" } } }];
    const kubeconfig = Buffer.from(JSON.stringify({ apiVersion: "v1", kind: "Config", users })).toString("base64");
    await world.platform.patchMerge(ref("secret", name, POD_NAMESPACE), { data: { kubeconfig } });

    const { status, stdout, stderr } = await answerOf(world, ["status"]);

    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /exec is refused/u);
  });

  /** As `kubectl exec` in a pod of the provider: by name, with the environment of the pod. */
  function inPod(args: readonly string[]): Promise<Answer> | undefined {
    if (image === undefined) {
      return undefined;
    }
    const command = contain({
      image: { ...image, config: { ...image.config, entrypoint: ["service-provider-ocm"] } },
      args,
      env: { KUBECONFIG: IN_POD, POD_NAMESPACE, POD_NAME: "sp-ocm-0" },
      mounts: { [IN_POD]: world.ground.platform.kubeconfigPath },
    });
    return answerOfProcess({ ...command, env: {} });
  }
});

/** The rights that docs/permissions.md lists for these commands on a cluster. */
function documentedReads(cluster: string): readonly PolicyRule[] {
  const [, section = ""] = readFileSync("docs/permissions.md", "utf8").split("\n## Commands that only read\n");
  const rows = section.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return rows
    .filter(([, first]) => first === cluster)
    .map(([, , groups, resources, verbs]) => ({
      apiGroups: groups === "" ? [""] : named(groups),
      resources: named(resources),
      verbs: named(verbs),
    }));
}

function named(cell: string = ""): readonly string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/gu), ([, word = ""]) => word);
}

function isGranted(request: Parameters<typeof textAt>[0]): boolean {
  return textAt(request, "status", "secretRef", "name") !== "";
}
