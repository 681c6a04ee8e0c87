import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { execute } from "./execute.ts";
import { testProgram } from "./testing/program.ts";
import type { CommandContext } from "./workplace.ts";

async function executed(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const context: CommandContext = {
    program: testProgram,
    env: { POD_NAMESPACE: "openmcp-system" },
    isTerminal: false,
    print: (text) => void (written.out += text),
    printError: (text) => void (written.err += text),
    signal: new AbortController().signal,
  };
  const code = await execute(argv, context);
  return { code, ...written };
}

describe("execute", () => {
  it("prints the version of the provider", async () => {
    assert.deepEqual(await executed("version"), { code: 0, out: "1.2.3\n", err: "" });
  });

  it("prints the usage when asked", async () => {
    const { code, out, err } = await executed("--help");

    assert.equal(code, 0);
    assert.match(out, /^Usage:/mu);
    assert.equal(err, "");
  });

  it("explains a wrong command line on standard error and exits with 2", async () => {
    for (const argv of [[], ["serve"], ["run", "--no-such-flag"], ["migrate", "--provider-name=test"]]) {
      const { code, out, err } = await executed(...argv);

      assert.equal(code, 2);
      assert.match(err, /^service-provider-test: .*\n\n.*^Usage:/msu);
      assert.equal(out, "");
    }
  });

  it("tells a failure in one line on standard error and exits with 1", async () => {
    for (const command of ["init", "run"]) {
      const { code, err } = await executed(
        command,
        "--provider-name=ocm",
        "--kubeconfig=/does/not/exist",
        "--verbosity=ERROR",
      );

      assert.equal(code, 1);
      assert.match(err, /^service-provider-test: kubeconfig \/does\/not\/exist does not exist\n$/u);
    }
  });
});
