import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { parseCommand, type Options, UsageError, flags, helpText } from "./command-line.ts";
import { testProgram } from "./testing/program.ts";

function optionsOf(...words: readonly string[]): Options {
  const command = parseCommand(["run", "--provider-name=ocm", ...words]);
  assert.equal(command.name, "run");
  return "options" in command ? command.options : assert.fail();
}

const defaults: Options = {
  providerName: "ocm",
  environment: "",
  verbosity: "INFO",
  leaderElect: false,
  healthAddress: { port: 8081 },
  ignoredFlags: [],
};

describe("parseCommand", () => {
  it("takes the command lines the operator writes", () => {
    const init = parseCommand(["init", "--environment=dev", "--verbosity=DEBUG", "--provider-name=ocm"]);
    const run = parseCommand(
      (
        "run --environment=dev --verbosity=info --provider-name=ocm --leader-elect=true " +
        "--metrics-bind-address=:8080 --metrics-secure=false"
      ).split(" "),
    );

    assert.deepEqual(init, { name: "init", options: { ...defaults, environment: "dev", verbosity: "DEBUG" } });
    assert.deepEqual(run, {
      name: "run",
      options: { ...defaults, environment: "dev", leaderElect: true, metricsAddress: { port: 8080 } },
    });
  });

  it("reads every way pflag has to write a flag", () => {
    for (const words of [["--verbosity=error"], ["--verbosity", "Error"], ["-v", "ERROR"], ["-v=error"], ["-verror"]]) {
      assert.equal(optionsOf(...words).verbosity, "ERROR", words.join(" "));
    }
    assert.equal(optionsOf("--leader-elect").leaderElect, true);
    assert.equal(optionsOf("--leader-elect", "--leader-elect=false").leaderElect, false);
    assert.equal(optionsOf("--leader-elect=F").leaderElect, false);
  });

  it("finds the command before, between and after the flags", () => {
    for (const words of [
      ["--provider-name", "ocm", "run"],
      ["--leader-elect", "run", "--provider-name=ocm"],
      ["--provider-name=ocm", "--", "run"],
    ]) {
      assert.equal(parseCommand(words).name, "run");
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
      [["start"], /unknown command: start/u],
      [["run", "now"], /unexpected argument: now/u],
      [["run"], /--provider-name/u],
      [["run", "--provider-name"], /needs a value: --provider-name/u],
      [["run", "--providername=ocm"], /unknown flag: --providername/u],
      [["run", "-x"], /unknown shorthand flag: -x/u],
      [["run", "--provider-name=ocm", "--verbosity=loud"], /--verbosity: "loud"/u],
      [["run", "--provider-name=ocm", "--leader-elect=yes"], /--leader-elect: "yes"/u],
      [["run", "--provider-name=ocm", "--leader-elect", "true"], /unexpected argument: true/u],
      [["run", "--provider-name=ocm", "--metrics-bind-address=8080"], /--metrics-bind-address: "8080"/u],
      [["run", "--provider-name=ocm", "--health-probe-bind-address=:70000"], /"?:70000/u],
    ];

    for (const [words, message] of table) {
      assert.throws(
        () => parseCommand(words),
        (error) => error instanceof UsageError && message.test(error.message),
        words.join(" "),
      );
    }
  });

  it("helps whatever else is on the line", () => {
    for (const words of [["--help"], ["help"], ["run", "-h"], ["nonsense", "--help"]]) {
      assert.deepEqual(parseCommand(words), { name: "help" });
    }
  });

  it("either understands a command line or says so by a UsageError", () => {
    const word = fc.oneof(fc.string(), fc.constantFrom("run", "--leader-elect", "-v", "--verbosity=INFO", "--", "-"));

    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        try {
          parseCommand(words);
        } catch (error) {
          assert.ok(error instanceof UsageError);
        }
      }),
    );
  });
});

describe("helpText", () => {
  it("names every command and every flag", () => {
    const text = helpText(testProgram);

    for (const word of ["init", "run", "version", "help", ...flags.map(({ name }) => `--${name}`)]) {
      assert.ok(text.includes(word), word);
    }
  });
});
