import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { waitUntil } from "../../ground/wait-until.ts";
import { offerCrd, ocmCrds, providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import { hasKubectl } from "../kubectl/run-kubectl.ts";
import { type DescribedSchema, undescribedFields } from "../support/undescribed-fields.ts";
import { prepare, startWorld, type World } from "../support/world.ts";

type OpenApi = { readonly components?: { readonly schemas?: Readonly<Record<string, DescribedSchema>> } };

const run = promisify(execFile);
const kinds = [
  ...ocmCrds.map((crd) => ({ crd, cluster: "onboarding" as const })),
  ...providerConfigCrds.map((crd) => ({ crd, cluster: "platform" as const })),
  { crd: offerCrd, cluster: "onboarding" as const },
];

describe("kubectl", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await prepare(world);
  });
  after(() => world.stop());

  for (const { crd, cluster } of kinds) {
    it(`finds a description of every field: ${crd.metadata.name}`, async () => {
      const published = await publishedSchema(world, cluster, crd.spec);

      assert.deepEqual(undescribedFields(crd.spec.names.kind, published), []);
      assert.ok(published.properties?.["spec"]?.properties !== undefined, "expected the fields of spec");
    });
  }

  const skip = hasKubectl ? false : "there is no kubectl on the PATH";

  it("prints the description of spec", { skip }, async () => {
    await publishedSchema(world, "onboarding", (ocmCrds[0] ?? offerCrd).spec);

    const { stdout } = await kubectl("explain", "ocm.spec");

    const words = stdout.replaceAll(/\s+/g, " ");
    assert.match(words, /DESCRIPTION: What the provider installs\./);
    assert.match(words, /version <string> -required- Version of the toolkit/);
  });

  it("says of a kind that nobody has installed that its CRD is missing", { skip }, async () => {
    const path = join(world.ground.folder, "absent.json");
    await writeFile(path, JSON.stringify({ apiVersion: "example.com/v1", kind: "Absent", metadata: { name: "a" } }));

    await assert.rejects(
      kubectl("apply", "-f", path),
      /no matches for kind "Absent" in version "example.com\/v1"\nensure CRDs are installed first/,
    );
  });

  function kubectl(...args: readonly string[]): Promise<{ readonly stdout: string }> {
    const { kubeconfigPath } = world.ground.onboarding;
    // kubectl keeps what a server publishes in the home folder.
    const env = { PATH: process.env["PATH"], KUBECONFIG: kubeconfigPath, HOME: dirname(kubeconfigPath) };
    return run("kubectl", args, { env });
  }
});

/** The schema in the server's OpenAPI document; a real server publishes it a moment after it serves the kind. */
async function publishedSchema(
  world: World,
  cluster: "onboarding" | "platform",
  { group, names }: (typeof kinds)[number]["crd"]["spec"],
): Promise<DescribedSchema> {
  const name = [...group.split(".").toReversed(), "v1alpha1", names.kind].join(".");
  let schema: DescribedSchema | undefined;
  await waitUntil(
    async () => {
      const document = await world[cluster].json<OpenApi>({ method: "GET" }, `/openapi/v3/apis/${group}/v1alpha1`);
      schema = document.components?.schemas?.[name];
      return schema !== undefined;
    },
    { what: `the ${cluster} cluster publishes the schema ${name}`, withinMs: 60_000 },
  );
  return schema ?? {};
}
