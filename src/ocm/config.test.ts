import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { StalledError } from "../runtime/errors.ts";
import type { ProviderConfig } from "./api/objects.ts";
import { secretsOf, readConfig } from "./config.ts";
import { SettingError } from "./setting-error.ts";

function providerConfig(spec?: ProviderConfig["spec"]): ProviderConfig {
  const metadata = { name: "ocm" };
  const head = { apiVersion: "ocm.services.openmcp.cloud/v1alpha1", kind: "ProviderConfig", metadata };
  return spec === undefined ? head : { ...head, spec };
}

describe("readConfig", () => {
  it("fills in the defaults of an empty ProviderConfig", () => {
    assert.deepEqual(readConfig(providerConfig()), {
      pollIntervalMs: 60_000,
      chart: { url: "oci://ghcr.io/open-component-model/kubernetes/controller/chart" },
      offers: [],
      trust: {},
      target: "mcp",
    });
  });

  it("takes every field over", () => {
    const values = { manager: { concurrency: { resource: 10 } } };
    const spec = { chartURL: "oci://r.example/c", pollInterval: "1h2m3.5s", imagePullSecret: { name: "pull" }, values };

    assert.deepEqual(readConfig(providerConfig(spec)), {
      pollIntervalMs: 3_723_500,
      chart: { url: "oci://r.example/c", pullSecret: "pull", values },
      offers: [],
      trust: {},
      target: "mcp",
    });
  });

  for (const pollInterval of ["", "soon", "5", "-1m", "10ms", "0s", "999ms", "0.9999999999s"]) {
    it(`refuses pollInterval "${pollInterval}" and says what is expected`, () => {
      assert.throws(
        () => readConfig(providerConfig({ pollInterval })),
        (error) => error instanceof StalledError && /^spec\.pollInterval: .*at least 1s/.test(error.message),
      );
    });
  }
});

describe("pollInterval", () => {
  const tooLong = ["720h0.000000001s", "721h", "2562047h47m16.854775807s", "2562047h47m17s", `${"9".repeat(60)}h`];
  for (const pollInterval of tooLong) {
    it(`is refused at ${pollInterval}, which is no safety net any more`, () => {
      assert.throws(
        () => readConfig(providerConfig({ pollInterval })),
        (error) => error instanceof SettingError && error.reason === "InvalidProviderConfig",
      );
    });
  }

  for (const [pollInterval, expectedMs] of [
    ["1s", 1_000],
    ["168h", 604_800_000],
    ["596h31m23.648s", 2 ** 31],
    ["720h", 2_592_000_000],
  ] as const) {
    it(`may be ${pollInterval}`, () => {
      assert.equal(readConfig(providerConfig({ pollInterval })).pollIntervalMs, expectedMs);
    });
  }
});

describe("secretsOf", () => {
  it("names every pull secret once, those of single versions included", () => {
    const spec = {
      imagePullSecret: { name: "common" },
      versions: [{ version: "1" }, { version: "2", chartPullSecret: "own" }],
    };

    assert.deepEqual([...secretsOf(readConfig(providerConfig(spec)))], ["common", "own"]);
  });

  it("names what chart and toolkit need beside pull secrets", () => {
    const values = { manager: { imagePullSecrets: [{ name: "images" }, { name: "images" }, { nome: "?" }, "?"] } };
    const spec = {
      values,
      versions: [{ version: "1", values: { manager: { imagePullSecrets: [{ name: "more" }] } } }],
      caBundleRef: { kind: "Secret", name: "ca" },
      verify: { provider: "cosign", secretRef: { name: "keys" } },
      proxySecretRef: { name: "proxy" },
    } satisfies ProviderConfig["spec"];

    assert.deepEqual([...secretsOf(readConfig(providerConfig(spec)))], ["images", "more", "ca", "keys", "proxy"]);
  });

  it("names none where none is needed", () => {
    assert.deepEqual([...secretsOf(readConfig(providerConfig()))], []);
  });
});
