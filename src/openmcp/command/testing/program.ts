import type { CommandContext, Program } from "../command.ts";

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

/** What a command wrote. */
export type Written = { out: string; err: string };

/** A process without a terminal that keeps what is written. */
export function testContext(written: Written = { out: "", err: "" }, program: Program = testProgram): CommandContext {
  const print = (text: string): void => void (written.out += text);
  return {
    program,
    env: { POD_NAMESPACE: "openmcp-system" },
    isTerminal: false,
    hasColors: false,
    columns: () => undefined,
    print,
    printError: (text) => void (written.err += text),
    write: async (part) => print(typeof part === "string" ? part : Buffer.from(part).toString("utf8")),
    readInput: () => Promise.resolve(""),
    signal: new AbortController().signal,
  };
}
