import type { Program } from "../workplace.ts";

/** A program that does nothing. */
export const testProgram: Program = {
  name: "service-provider-test",
  version: "1.2.3",
  summary: "Tests.",
  resource: { group: "test.example", version: "v1", kind: "Test", plural: "tests", namespaced: true },
  configResource: {
    group: "test.example",
    version: "v1",
    kind: "ProviderConfig",
    plural: "providerconfigs",
    namespaced: false,
  },
  crds: [],
  runController: () => Promise.resolve(),
};
