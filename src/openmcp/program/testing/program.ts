import type { Program } from "../workplace.ts";

const kindsOf = (group: string): Pick<Program, "resource" | "configResource"> => ({
  resource: { group, version: "v1", kind: "Test", plural: "tests", namespaced: true },
  configResource: { group, version: "v1", kind: "ProviderConfig", plural: "providerconfigs", namespaced: false },
});

/** A program that does nothing. */
export const testProgram: Program = {
  name: "service-provider-test",
  version: "1.2.3",
  summary: "Tests.",
  ...kindsOf("test.example"),
  crds: [],
  runController: () => Promise.resolve(),
};

/** The same, with kinds that had another API group before. */
export const movedProgram: Program = { ...testProgram, earlier: [kindsOf("old.example")] };
