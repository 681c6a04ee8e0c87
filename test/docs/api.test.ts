import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { readCrdFile, schemaOf } from "../../scripts/generate/crds.ts";
import { offerCrd, ocmCrds, providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import { undescribedFields } from "../support/undescribed-fields.ts";

/** The API server describes these itself. */
const OF_EVERY_OBJECT = ["apiVersion", "kind", "metadata"];

describe("a CustomResourceDefinition", () => {
  for (const name of ["ocm", "ocmoffer", "providerconfig"] as const) {
    it(`describes every field, for kubectl explain and docs/api.md: ${name}`, () => {
      const own = undescribedFields(name, schemaOf(readCrdFile(name)));

      assert.deepEqual(
        own,
        OF_EVERY_OBJECT.map((field) => `${name}.${field}`),
      );
    });
  }

  it("is found wanting for a field without a description, at any depth", () => {
    const schema = {
      description: "x",
      properties: { list: { description: "x", items: { properties: { leaf: {} } } } },
    };

    assert.deepEqual(undescribedFields("o", schema), ["o.list[]", "o.list[].leaf"]);
  });
});

describe("docs/api.md", () => {
  it("names every kind with its API groups and no other", () => {
    const named = readFileSync("docs/api.md", "utf8")
      .split(/^## /m)
      .slice(1)
      .flatMap((section) =>
        Array.from(section.matchAll(/^\| `([a-z.-]+\.[a-z]+)` /gm), ([, group]) => [section.split("\n")[0], group]),
      );
    const served = [...ocmCrds, ...providerConfigCrds, offerCrd].map(({ spec }) => [spec.names.kind, spec.group]);

    assert.deepEqual(named, served);
  });
});
