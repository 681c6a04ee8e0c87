import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { systemClock } from "../../kube/clock.ts";
import { Health } from "../../runtime/health.ts";
import { createLogger } from "../../runtime/log.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { readCommandLine } from "../command/read-command-line.ts";
import { testProgram } from "../command/testing/program.ts";
import { commandsOf } from "./commands.ts";
import { type Options, toOptions } from "./options.ts";
import { startServers } from "./servers.ts";

const deps = {
  health: new Health({ clock: systemClock }),
  metrics: createMetrics({ clock: systemClock }),
  platform: { review: () => Promise.reject(new Error("not expected")) },
  clock: systemClock,
  log: createLogger({ level: "silent", pretty: false }),
  signal: new AbortController().signal,
};

function optionsOf(...words: readonly string[]): Options {
  return toOptions(readCommandLine(["run", "--provider-name=ocm", ...words], commandsOf(testProgram)).given);
}

describe("startServers", () => {
  it("serves nothing when everything is switched off", async () => {
    const servers = await startServers(optionsOf("--health-probe-bind-address=0"), deps);

    assert.deepEqual(servers.loops, []);
    await servers.close();
  });

  it("serves plain probes and metrics until it is closed", async () => {
    const words = ["--health-probe-bind-address=127.0.0.1:0", "--metrics-bind-address=127.0.0.1:0"];

    const servers = await startServers(optionsOf(...words, "--metrics-secure=false"), deps);

    assert.deepEqual(servers.loops, []);
    await servers.close();
  });

  it("fails when the certificate of the metrics cannot be read", async () => {
    const words = ["--health-probe-bind-address=0", "--metrics-bind-address=127.0.0.1:0"];

    await assert.rejects(startServers(optionsOf(...words, "--metrics-cert-path=/does/not/exist"), deps), /ENOENT/u);
  });
});
