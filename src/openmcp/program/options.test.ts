import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import type { Program } from "../command/command.ts";
import { readCommandLine } from "../command/read-command-line.ts";
import { movedProgram, testProgram } from "../command/testing/program.ts";
import { UsageError } from "../command/usage-error.ts";
import { commandsOf } from "./commands.ts";
import { type MigrateOptions, type Options, toMigrateOptions, toOptions } from "./options.ts";

type Parsed = { readonly name: string; readonly words: readonly string[]; readonly options?: Options | MigrateOptions };

function parse(words: readonly string[], program: Program): Parsed {
  const {
    command: { name },
    given,
  } = readCommandLine(words, commandsOf(program));
  switch (name) {
    case "init":
    case "run":
      return { name, words: given.words, options: toOptions(given) };
    case "migrate":
      return { name, words: given.words, options: toMigrateOptions(given) };
    default:
      return { name, words: given.words };
  }
}

function parsed(...words: readonly string[]): Parsed {
  return parse(words, testProgram);
}

function optionsOf(...words: readonly string[]): Options {
  return toOptions(readCommandLine(["run", "--provider-name=ocm", ...words], commandsOf(testProgram)).given);
}

function migrateOptionsOf(...words: readonly string[]): MigrateOptions {
  const argv = ["migrate", "--provider-name=ocm", ...words];
  return toMigrateOptions(readCommandLine(argv, commandsOf(movedProgram)).given);
}

const defaults: Options = {
  providerName: "ocm",
  logging: { level: "info", hasStacks: false, hasCaller: false, hasTime: true },
  leaderElect: false,
  versionAdmission: true,
  healthAddress: { port: 8081 },
};

describe("the command line of a program", () => {
  it("takes the command lines the operator writes", () => {
    const init = parsed("init", "--environment=dev", "--verbosity=DEBUG", "--provider-name=ocm");
    const run = parsed(
      ...(
        "run --environment=dev --verbosity=info --provider-name=ocm --leader-elect=true " +
        "--metrics-bind-address=:8080 --metrics-secure=false"
      ).split(" "),
    );

    assert.deepEqual(init, {
      name: "init",
      words: [],
      options: { ...defaults, environment: "dev", logging: { ...defaults.logging, level: "debug" } },
    });
    assert.deepEqual(run, {
      name: "run",
      words: [],
      options: { ...defaults, environment: "dev", leaderElect: true, metricsAddress: { port: 8080 } },
    });
  });

  it("reads every way pflag has to write a flag", () => {
    for (const words of [["--verbosity=error"], ["--verbosity", "Error"], ["-v", "ERROR"], ["-v=error"], ["-verror"]]) {
      assert.equal(optionsOf(...words).logging.level, "error", words.join(" "));
    }
    assert.equal(optionsOf("--leader-elect").leaderElect, true);
    assert.equal(optionsOf("--leader-elect", "--leader-elect=false").leaderElect, false);
    assert.equal(optionsOf("--leader-elect=F").leaderElect, false);
    assert.equal(optionsOf("--version-admission=false").versionAdmission, false);
  });

  it("logs as the platform's other programs do for the same flags", () => {
    const dev = { level: "debug", format: "text", hasStacks: true, hasCaller: true, hasTime: true };
    const cli = { ...defaults.logging, format: "text", hasColors: true, hasTime: false };
    const table: readonly (readonly [words: string, logging: object])[] = [
      ["", defaults.logging],
      ["--dev=false --cli=false", defaults.logging],
      ["--dev", dev],
      ["--cli", cli],
      ["--cli --dev", { ...dev, hasColors: true, hasTime: false }],
      ["-f json", { ...defaults.logging, format: "json" }],
      ["--format=TEXT", { ...defaults.logging, format: "text" }],
      ["--format=json --dev", { ...dev, format: "json" }],
      ["-vInfo --dev", { ...dev, level: "info" }],
      ["--disable-caller --dev", { ...dev, hasCaller: false }],
      ["--dev --disable-stacktrace=true", { ...dev, hasStacks: false }],
      ["--disable-caller=false", { ...defaults.logging, hasCaller: true }],
      ["--disable-stacktrace=f", { ...defaults.logging, hasStacks: true }],
      ["--disable-timestamp", { ...defaults.logging, hasTime: false }],
      ["--disable-timestamp=false --cli", { ...cli, hasTime: true }],
    ];

    for (const [words, logging] of table) {
      assert.deepEqual(optionsOf(...words.split(" ").filter((word) => word !== "")).logging, logging, words);
      assert.deepEqual(migrateOptionsOf(...words.split(" ").filter((word) => word !== "")).logging, logging, words);
    }
  });

  it("finds the command before, between and after the flags", () => {
    for (const words of [
      ["--provider-name", "ocm", "run"],
      ["--leader-elect", "run", "--provider-name=ocm"],
      ["--provider-name=ocm", "--", "run"],
    ]) {
      assert.equal(parsed(...words).name, "run");
    }
  });

  it("accepts flags of the Go provider that mean nothing here, and names them", () => {
    assert.deepEqual(optionsOf("--enable-http2", "--webhook-cert-path", "/certs").ignoredFlags, [
      "--webhook-cert-path",
      "--enable-http2",
    ]);
  });

  it("reads addresses and switches them off with 0", () => {
    assert.deepEqual(optionsOf("--health-probe-bind-address=127.0.0.1:9000").healthAddress, {
      host: "127.0.0.1",
      port: 9000,
    });
    assert.deepEqual(optionsOf("--health-probe-bind-address=[::1]:0").healthAddress, { host: "::1", port: 0 });
    assert.equal(optionsOf("--health-probe-bind-address=0").healthAddress, undefined);
  });

  it("serves metrics by TLS when there is a certificate", () => {
    const options = optionsOf("--metrics-bind-address=:8443", "--metrics-cert-path=/certs", "--metrics-cert-key=key");

    assert.deepEqual(options.metricsCertificate, { certPath: "/certs/tls.crt", keyPath: "/certs/key" });
  });

  it("serves metrics by TLS when nothing else is said, as the Go provider does", () => {
    assert.equal(optionsOf("--metrics-bind-address=:8443").metricsCertificate, "self-signed");
    assert.equal(
      optionsOf("--metrics-bind-address=:8443", "--metrics-secure=false").metricsCertificate,
      undefined,
      "plain HTTP",
    );
  });

  it("refuses what it does not understand and names it", () => {
    const table: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /command is missing/u],
      [["start"], /unknown command: start$/u],
      [["rum"], /unknown command: rum \(did you mean run\?\)/u],
      [["help", "start"], /value for command: "start" \(expected init, run, /u],
      [["run", "now"], /unexpected argument: now/u],
      [["run"], /--provider-name/u],
      [["run", "--provider-name"], /needs a value: --provider-name/u],
      [["run", "--providername=ocm"], /unknown flag: --providername \(did you mean --provider-name\?\)/u],
      [["run", "-x"], /unknown shorthand flag: -x/u],
      [["run", "--provider-name=ocm", "--verbosity=loud"], /--verbosity: "loud"/u],
      [["run", "--provider-name=ocm", "--verbosity="], /--verbosity: "" \(expected error, info or debug\)/u],
      [["run", "--provider-name=ocm", "-fyaml"], /--format: "yaml" \(expected text or json\)/u],
      [["run", "--provider-name=ocm", "--disable-caller=no"], /--disable-caller: "no"/u],
      [["run", "--provider-name=ocm", "--leader-elect=yes"], /--leader-elect: "yes"/u],
      [["run", "--provider-name=ocm", "--leader-elect", "true"], /unexpected argument: true/u],
      [["run", "--provider-name=ocm", "--metrics-bind-address=8080"], /--metrics-bind-address: "8080"/u],
      [["run", "--provider-name=ocm", "--health-probe-bind-address=:70000"], /"?:70000/u],
    ];

    for (const [words, message] of table) {
      assert.throws(
        () => parsed(...words),
        (error) => error instanceof UsageError && message.test(error.message),
        words.join(" "),
      );
    }
  });

  it("helps whatever else is on the line", () => {
    for (const [line, topics] of [
      ["--help", []],
      ["help", []],
      ["help run", ["run"]],
      ["help --help", []],
      ["run -h", ["run"]],
      ["run --leader-elect --help --no-such-flag", ["run"]],
      ["-h --leader-elect run", ["run"]],
      ["nonsense --help", []],
    ] as const) {
      assert.deepEqual(parsed(...line.split(" ")), { name: "help", words: topics }, line);
    }
  });

  it("either understands a command line or says so by a UsageError", () => {
    const word = fc.oneof(fc.string(), fc.constantFrom("run", "--leader-elect", "-v", "--verbosity=INFO", "--", "-"));

    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        try {
          parsed(...words);
        } catch (error) {
          assert.ok(error instanceof UsageError);
        }
      }),
    );
  });

  it("reads which objects to migrate", () => {
    const { providerName, logging } = defaults;
    const common = { providerName, logging };

    assert.deepEqual(migrateOptionsOf(), { ...common, isDryRun: false, timeoutMs: 300_000 });
    assert.deepEqual(migrateOptionsOf("--dry-run", "-n", "project-x--ws-y", "mcp-01", "--timeout=1m30s"), {
      ...common,
      isDryRun: true,
      namespace: "project-x--ws-y",
      objectName: "mcp-01",
      timeoutMs: 90_000,
    });
  });

  it("migrates no more than the words say", () => {
    const table: readonly (readonly [readonly string[], RegExp])[] = [
      [["migrate", "a", "b"], /unexpected argument: b/u],
      // An empty variable of a script.
      [["migrate", ""], /value for name: ""/u],
      [["migrate", "--namespace="], /value for --namespace: ""/u],
      [["migrate", "-n", "a,b"], /value for --namespace: "a,b"/u],
      [["migrate", "--timeout=0"], /value for --timeout: "0"/u],
      [["migrate", "--timeout=soon"], /value for --timeout: "soon"/u],
      [["migrate", "--leader-elect"], /unknown flag of migrate: --leader-elect/u],
      [["run", "--dry-run"], /unknown flag of run: --dry-run/u],
      [["init", "-n", "a"], /unknown flag of init: -n/u],
    ];

    for (const [words, message] of table) {
      assert.throws(
        () => parse([...words, "--provider-name=ocm"], movedProgram),
        (error) => error instanceof UsageError && message.test(error.message),
        words.join(" "),
      );
    }
  });

  it("knows migrate only where kinds had another API group before", () => {
    assert.throws(() => parsed("migrate", "--provider-name=test"), /unknown command: migrate/u);
  });
});
