import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { ocmCrd, providerConfigCrd } from "./crds.inlined.ts";
import { OCM_GROUP, OCM_VERSION } from "./group.ts";
import { ocms, providerConfigs } from "./objects.ts";

const SRC = join(import.meta.dirname, "../..");
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

describe("the API group", () => {
  it("stands in one file of the code and in the CRDs, and everything else derives from it", () => {
    const files = globSync("**/*.ts", { cwd: SRC, exclude: ["**/*.test.ts", "**/testing/**", "**/*.generated.ts"] });
    const withGroup = files.filter((file) =>
      readFileSync(join(SRC, file), "utf8").replace(COMMENT, "").includes(OCM_GROUP),
    );

    assert.deepEqual(withGroup, [join("ocm", "api", "group.ts")]);
  });

  it("is that of both CRDs, whose names carry it", () => {
    for (const [crd, resource] of [
      [ocmCrd, ocms],
      [providerConfigCrd, providerConfigs],
    ] as const) {
      assert.equal(crd.spec.group, OCM_GROUP);
      assert.equal(crd.metadata.name, `${resource.plural}.${OCM_GROUP}`);
      assert.deepEqual(
        crd.spec.versions.map(({ name }) => name),
        [OCM_VERSION],
      );
      assert.deepEqual(crd.spec.names, {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
      });
    }
  });
});
