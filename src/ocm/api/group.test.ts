import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import type { ProviderCrd } from "../../openmcp/platform/read-crd.ts";
import { ocmCrds, providerConfigCrds } from "./crds.inlined.ts";
import { CURRENT_GROUP, EARLIER_GROUP, OCM_GROUPS, OCM_VERSION } from "./group.ts";
import { resourcesOf } from "./objects.ts";

const SRC = join(import.meta.dirname, "../..");
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

describe("the API groups", () => {
  it("stand in one file of the code, and everything else derives from it", () => {
    const files = globSync("**/*.ts", { cwd: SRC, exclude: ["**/*.test.ts", "**/testing/**", "**/*.generated.ts"] });
    const withGroup = files.filter((file) => {
      const code = readFileSync(join(SRC, file), "utf8").replace(COMMENT, "");
      return OCM_GROUPS.some((group) => code.includes(group));
    });

    assert.deepEqual(withGroup, [join("ocm", "api", "group.ts")]);
  });

  it("are the one that today's platform orders and the one before it", () => {
    assert.deepEqual(OCM_GROUPS, [CURRENT_GROUP, EARLIER_GROUP]);
    assert.deepEqual(OCM_GROUPS, ["ocm.services.open-control-plane.io", "ocm.services.openmcp.cloud"]);
  });

  for (const [index, group] of OCM_GROUPS.entries()) {
    it(`have both CRDs each, whose names carry it: ${group}`, () => {
      const { resource, configResource } = resourcesOf(group);
      for (const [crd, { kind, plural }] of [
        [ocmCrds[index], resource],
        [providerConfigCrds[index], configResource],
      ] as const) {
        assert.equal(crd?.spec.group, group);
        assert.equal(crd.metadata.name, `${plural}.${group}`);
        assert.deepEqual(
          crd.spec.versions.map(({ name }) => name),
          [OCM_VERSION],
        );
        assert.deepEqual(crd.spec.names, { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() });
      }
    });
  }

  it("differ in nothing else", () => {
    for (const crds of [ocmCrds, providerConfigCrds]) {
      const [current, earlier, ...more] = crds.map(withoutGroup);

      assert.deepEqual(more, []);
      assert.deepEqual(current, earlier);
    }
  });
});

function withoutGroup({ metadata: { labels }, spec: { group: _group, ...spec }, ...crd }: ProviderCrd): object {
  return { ...crd, labels, spec };
}
