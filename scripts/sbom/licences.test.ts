import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bom, Component, LicenseChoice } from "./bom.ts";
import { licenceComplaints } from "./licences.ts";

function bomWith(licenses: readonly LicenseChoice[] | undefined, purl = "pkg:npm/thing@1.0.0"): Bom {
  const base = { type: "library", name: "thing", version: "1.0.0", "bom-ref": "thing", purl } as const;
  const component: Component = licenses === undefined ? base : { ...base, licenses };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { component },
    components: [component],
    dependencies: [],
  };
}

const GCC = { expression: "GPL-3.0-or-later WITH GCC-exception-3.1" };
const DEBIAN = "pkg:deb/debian/libgcc-s1@12?arch=amd64";

describe("licenceComplaints", () => {
  const fine: readonly (readonly [what: string, bom: Bom])[] = [
    ["a licence of the list", bomWith([{ license: { id: "MIT" } }])],
    ["a choice with one of the list", bomWith([{ expression: "(MIT OR GPL-2.0-only)" }])],
    ["the runtime exception of GCC, for a shared library", bomWith([GCC], DEBIAN)],
    ["the licence of glibc, for a shared library", bomWith([{ license: { id: "LGPL-2.1-or-later" } }], DEBIAN)],
  ];
  for (const [what, bom] of fine) {
    it(`accepts ${what}`, () => assert.deepEqual(licenceComplaints(bom), []));
  }

  const refused: readonly (readonly [what: string, bom: Bom, found: string])[] = [
    ["no licence", bomWith(undefined), "found none;"],
    ["an empty list", bomWith([]), "found none;"],
    ["copyleft", bomWith([{ license: { id: "GPL-3.0-only" } }]), 'found "GPL-3.0-only";'],
    ["copyleft that must be kept beside", bomWith([{ expression: "MIT AND GPL-2.0-only" }]), "AND GPL-2.0-only"],
    [
      "one of several that is not of the list",
      bomWith([{ license: { id: "MIT" } }, { license: { id: "SSPL-1.0" } }]),
      "SSPL",
    ],
    ["a name that is no identifier", bomWith([{ license: { name: "see file" } }]), 'found "see file";'],
    ["what only shared libraries may have, for a package in the bundle", bomWith([GCC]), "GCC-exception"],
  ];
  for (const [what, bom, found] of refused) {
    it(`refuses ${what}`, () => {
      const [complaint = ""] = licenceComplaints(bom);

      assert.ok(complaint.startsWith("thing 1.0.0: expected a licence among 0BSD, ") && complaint.includes(found));
    });
  }
});
