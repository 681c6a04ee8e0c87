import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testContext } from "../command/testing/program.ts";
import { execute } from "./execute.ts";

async function executed(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const code = await execute(argv, testContext(written));
  return { code, ...written };
}

describe("execute", () => {
  it("prints the version of the provider", async () => {
    for (const word of ["version", "--version"]) {
      assert.deepEqual(await executed(word), { code: 0, out: "1.2.3\n", err: "" });
    }
  });

  it("prints the usage when asked", async () => {
    const { code, out, err } = await executed("--help");

    assert.equal(code, 0);
    assert.match(out, /^Usage:/mu);
    assert.equal(err, "");
  });

  it("says in two lines on standard error what is wrong with a command line, and exits with 2", async () => {
    for (const [argv, help] of [
      [[], "--help"],
      [["serve"], "--help"],
      [["run", "--no-such-flag"], "run --help"],
      [["migrate", "--provider-name=test"], "--help"],
    ] as const) {
      const { code, out, err } = await executed(...argv);

      assert.deepEqual([code, out], [2, ""]);
      const [complaint = "", hint, ...more] = err.split("\n");
      assert.match(complaint, /^service-provider-test: ./u);
      assert.deepEqual([hint, ...more], [`Run "service-provider-test ${help}" for usage.`, ""]);
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
