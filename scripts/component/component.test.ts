import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { crdFiles } from "./crd-files.ts";
import { constructorSchema } from "./constructor-schema.ts";
import { fillIn } from "./fill-in.ts";

const template = readFileSync("component-constructor.yaml", "utf8");
const values = { VERSION: "v1.2.3", COMMIT: "ab".repeat(20), DIGEST: `sha256:${"cd".repeat(32)}` };

type Resource = {
  readonly name: string;
  readonly type: string;
  readonly extraIdentity?: Readonly<Record<string, string>>;
  readonly access?: { readonly imageReference: string };
  readonly input?: { readonly path: string };
};
type Constructor = {
  readonly components: readonly { readonly name: string; readonly resources: readonly Resource[] }[];
};

const filled = fillIn(template, values);
const constructed = load(filled) as Constructor;
const isValid = new Ajv({ allowUnionTypes: true }).compile(constructorSchema);

describe("component-constructor.yaml", () => {
  it("has the form of a component constructor", () => {
    assert.ok(isValid(constructed), JSON.stringify(isValid.errors));
  });

  it("describes one component, named as the platform's component refers to it", () => {
    assert.deepEqual(
      constructed.components.map(({ name }) => name),
      ["github.com/open-component-model/service-provider-ocm"],
    );
  });

  // The bootstrapper of a landscape installs that one, by the whole reference.
  it("has the provider's image, by tag and digest, as its first ociImage", () => {
    const image = constructed.components[0]?.resources.find(({ type }) => type === "ociImage");

    assert.equal(
      image?.access?.imageReference,
      `ghcr.io/open-component-model/images/service-provider-ocm:v1.2.3@sha256:${"cd".repeat(32)}`,
    );
  });

  it("gives each resource an identity of its own", () => {
    const identities = constructed.components[0]?.resources.map(({ name, extraIdentity }) =>
      JSON.stringify([name, extraIdentity]),
    );

    assert.equal(new Set(identities).size, identities?.length);
    assert.ok((identities?.length ?? 0) > 3);
  });

  const faults: readonly (readonly [what: string, found: string, instead: string])[] = [
    ["a name that is no component's", "name: github.com/open-component-model/", "name: OCM/"],
    ["a version that is not semantic", "version: v1.2.3", "version: latest"],
    ["an image without its digest", `@sha256:${"cd".repeat(32)}`, ""],
    ["an access that OCM does not know", "type: ociArtifact", "type: docker"],
    ["a version of what comes along", "type: directoryTree", "type: directoryTree\n        version: v1.2.3"],
    ["a field that nobody reads", "    provider:", "    owner: me\n    provider:"],
  ];
  for (const [what, found, instead] of faults) {
    it(`would not be valid with ${what}`, () => {
      assert.ok(filled.includes(found));
      assert.ok(!isValid(load(filled.replace(found, instead))));
    });
  }
});

describe("fillIn", () => {
  it("refuses a template that names something else", () => {
    assert.throws(() => fillIn("${VERSION} ${COMMITT}", { VERSION: "1" }), /expected a value for \$\{COMMITT\}/);
  });

  it("refuses a value that the template does not name", () => {
    assert.throws(() => fillIn("${VERSION}", { VERSION: "1", DIGEST: "x" }), /found no \$\{DIGEST\} in it/);
  });
});

describe("crdFiles", () => {
  it("are named after group and plural, as the platform's other providers name theirs", () => {
    const group = "ocm.services.open-control-plane.io";

    assert.deepEqual(
      crdFiles().map(({ name }) => name),
      ["ocms", "providerconfigs", "ocmoffers"].map((plural) => `${group}_${plural}.yaml`).toSorted(),
    );
  });
});
