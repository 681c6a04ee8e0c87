import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import type { ProviderConfig } from "./api/objects.ts";
import {
  configMapsOf,
  imagePullSecretsOf,
  mergeValues,
  parseChartVersion,
  readSettings,
  secretsOf,
  SettingError,
  type Settings,
} from "./settings.ts";
import { chooseOffer } from "./versions.ts";

type Spec = NonNullable<ProviderConfig["spec"]>;

const DIGEST = `sha256:${"a".repeat(64)}`;

function read(spec?: Spec): Settings {
  const apiVersion = "ocm.services.openmcp.cloud/v1alpha1";
  return readSettings({ apiVersion, kind: "ProviderConfig", metadata: { name: "ocm" }, ...(spec && { spec }) });
}

/** Asserts that `readSettings` refuses a ProviderConfig with a message that matches. */
function refuses(spec: Spec, message: RegExp): void {
  assert.throws(
    () => read(spec),
    (error) => error instanceof SettingError && error.reason === "InvalidProviderConfig" && message.test(error.message),
  );
}

describe("readSettings", () => {
  const defaults: Settings = {
    pollIntervalMs: 60_000,
    chart: { url: "oci://ghcr.io/open-component-model/kubernetes/controller/chart" },
    offers: [],
    trust: {},
    target: "mcp",
  };

  it("fills in the defaults of an empty ProviderConfig", () => {
    assert.deepEqual(read(), defaults);
  });

  it("reads every field", () => {
    const values = { manager: { concurrency: { resource: 10 } } };
    const spec = {
      chartURL: "oci://r.example/c",
      pollInterval: "1h2m3.5s",
      imagePullSecret: { name: "pull" },
      targetCluster: "Workload",
      caBundleRef: { kind: "ConfigMap", name: "ca" },
      verify: { provider: "cosign", secretRef: { name: "keys" } },
      proxySecretRef: { name: "proxy" },
      values,
    } satisfies Spec;

    assert.deepEqual(read(spec), {
      pollIntervalMs: 3_723_500,
      chart: { url: "oci://r.example/c", pullSecret: "pull", values },
      offers: [],
      trust: {
        caBundle: { kind: "ConfigMap", name: "ca", key: "ca.crt" },
        verify: { provider: "cosign", secretName: "keys" },
        proxySecret: "proxy",
      },
      target: "workload",
    });
  });
});

describe("pollInterval", () => {
  const tooShort = ["", "soon", "5", "-1m", "10ms", "0s", "999ms", "0.9999999999s"];
  const tooLong = ["720h0.000000001s", "721h", "2562047h47m16.854775807s", "2562047h47m17s", `${"9".repeat(60)}h`];
  for (const pollInterval of [...tooShort, ...tooLong]) {
    it(`is refused at "${pollInterval}" with the expected range`, () => {
      refuses({ pollInterval }, /^spec\.pollInterval: .*at least 1s and at most 720h/);
    });
  }

  for (const [pollInterval, expectedMs] of [
    ["1s", 1_000],
    ["168h", 604_800_000],
    ["596h31m23.648s", 2 ** 31],
    ["720h", 2_592_000_000],
  ] as const) {
    it(`may be ${pollInterval}`, () => {
      assert.equal(read({ pollInterval }).pollIntervalMs, expectedMs);
    });
  }
});

describe("chartURL", () => {
  for (const [chartURL, expected] of [
    ["ghcr.io/org/chart", "oci://ghcr.io/org/chart"],
    ["oci://localhost:5000/a/b-c_d", "oci://localhost:5000/a/b-c_d"],
  ] as const) {
    it(`may be ${chartURL}`, () => {
      assert.equal(read({ chartURL }).chart.url, expected);
    });
  }

  for (const chartURL of [
    "https://example.com/chart",
    "http://example.com/chart",
    "example.com/chart:0.4.0",
    "example.com/chart@sha256:00",
    "oci://example.com/chart:latest",
    "example.com",
    "example.com/",
    "example.com/Chart",
    "oci://",
    "",
    "a b/c",
  ]) {
    it(`is refused at "${chartURL}" with the expected form`, () => {
      refuses({ chartURL }, /^spec\.chartURL: .*host\[:port\]\/repository/);
    });
  }

  it("is quoted without the credentials in it", () => {
    refuses({ chartURL: "https://user:hunter2@example.com/chart" }, /^(?!.*hunter2)/);
  });
});

describe("verify", () => {
  it("is refused for notation without a Secret", () => {
    refuses({ verify: { provider: "notation" } }, /^spec\.verify: found no secretRef/);
  });
});

describe("versionsFrom", () => {
  it("selects versions by a constraint and an expression", () => {
    const versionsFrom = { name: "toolkit", semver: ">=0.4.0, <1.0.0", filter: "^[0-9.]+$" };

    assert.deepEqual(read({ versionsFrom }).versionsFrom, versionsFrom);
  });

  it("is refused with a constraint or an expression that is none", () => {
    refuses(
      { versionsFrom: { name: "toolkit", semver: "newest" } },
      /^spec\.versionsFrom\.semver: "newest" is no semver/,
    );
    refuses({ versionsFrom: { name: "toolkit", filter: "(" } }, /^spec\.versionsFrom\.filter: "\(" is no regular/);
  });
});

describe("versions", () => {
  const common = { chartURL: "r.example/chart", imagePullSecret: { name: "pull" }, values: { manager: { a: 1 } } };

  it("are none where none are listed", () => {
    assert.deepEqual(read({ versions: [] }).offers, []);
  });

  it("inherit all fields that they leave out", () => {
    const { chart, offers } = read({ ...common, versions: [{ version: "0.4.0" }] });

    assert.deepEqual(offers, [
      { version: "0.4.0", chart: { ...chart, version: { text: "0.4.0", ref: { tag: "0.4.0" } } } },
    ]);
  });

  it("override the common fields, and merge their values over the common ones", () => {
    const entry = {
      version: "stable",
      chartVersion: `0.4.0@${DIGEST}`,
      chartURL: "other.example/chart",
      chartPullSecret: "other",
      values: { manager: { b: 2 } },
    };

    assert.deepEqual(read({ ...common, versions: [entry] }).offers[0]?.chart, {
      url: "oci://other.example/chart",
      version: { text: `0.4.0@${DIGEST}`, ref: { digest: DIGEST } },
      pullSecret: "other",
      values: { manager: { a: 1, b: 2 } },
    });
  });

  it("may name their values as the Go provider does", () => {
    const own = { manager: { b: 2 } };
    const [values, helmValues] = [{ values: own }, { helmValues: own }].map((entry) =>
      read({ ...common, versions: [{ version: "0.4.0", ...entry }] }),
    );

    assert.deepEqual(helmValues, values);
    assert.deepEqual(values?.offers[0]?.chart.values, { manager: { a: 1, b: 2 } });
  });

  it("inherit no login where their chartPullSecret is empty", () => {
    const [offer] = read({ ...common, versions: [{ version: "0.4.0", chartPullSecret: "" }] }).offers;

    assert.ok(offer && !("pullSecret" in offer.chart));
  });

  it("may have any name beside a chartVersion", () => {
    const names = ["", "v0.4.0", "0.4 (LTS)", "x".repeat(300)];
    const { offers } = read({ versions: names.map((version) => ({ version, chartVersion: "0.4.0" })) });

    assert.deepEqual(
      offers.map(({ version, chart }) => [version, chart.version.text]),
      names.map((name) => [name, "0.4.0"]),
    );
  });

  it("are refused if one has its values twice", () => {
    refuses(
      { versions: [{ version: "1", values: {}, helmValues: {} }] },
      /^spec\.versions\[1\]: found values and helmValues, .*expected only one of them$/,
    );
  });

  it("are refused if one is listed twice", () => {
    refuses({ versions: [{ version: "1" }, { version: "1" }] }, /^spec\.versions: found "1" twice/);
  });

  for (const [field, entry] of [
    ["spec.versions[^0.4].version", { version: "^0.4" }],
    ["spec.versions[stable].chartVersion", { version: "stable", chartVersion: ">=0.4.0" }],
    ["spec.versions[stable].chartVersion", { version: "stable", chartVersion: "" }],
    ["spec.versions[stable].chartURL", { version: "stable", chartURL: "https://r.example/chart" }],
  ] as const) {
    it(`are refused with the name of the field ${field}`, () => {
      assert.throws(
        () => read({ versions: [entry] }),
        (error) => error instanceof SettingError && error.message.startsWith(`${field}: `),
      );
    });
  }
});

describe("a ProviderConfig for the Go provider", () => {
  const chartURL = "oci://r.example/chart";
  const values = { manager: { concurrency: { resource: 10 } } };
  const first = { chartURL: "r.example/chart", pollInterval: "5m", imagePullSecret: { name: "pull" }, values };
  const later = {
    pollInterval: "5m",
    versions: [{ version: "0.4.0", chartVersion: "0.4.0", chartURL, chartPullSecret: "pull", helmValues: values }],
  };
  const ours = { ...first, versions: [{ version: "0.4.0" }] };
  const pinned = { version: "stable", chartVersion: "0.4.0" };
  const defaultURL = "oci://ghcr.io/open-component-model/kubernetes/controller/chart";

  const same: readonly (readonly [what: string, version: string, specs: readonly Spec[]])[] = [
    ["whatever version it was written for", "0.4.0", [first, later, ours]],
    [
      "with the address that the Go provider's CRD fills in",
      "0.4.0",
      [{}, { versions: [{ ...pinned, version: "0.4.0", chartURL: defaultURL }] }],
    ],
    [
      "with the poll interval that the Go provider's CRD fills in",
      "stable",
      [{ versions: [pinned] }, { versions: [pinned], pollInterval: "1m" }],
    ],
    [
      "with a login for no chart",
      "stable",
      [{ versions: [pinned] }, { versions: [{ ...pinned, chartPullSecret: "" }] }],
    ],
  ];
  for (const [what, version, specs] of same) {
    it(`means the same ${what}`, () => {
      const [meaning, ...others] = specs.map((spec) => {
        const settings = read(spec);
        return { interval: settings.pollIntervalMs, chart: chooseOffer({ settings }, version)?.chart };
      });

      assert.ok(meaning?.chart);
      for (const other of others) {
        assert.deepEqual(other, meaning);
      }
    });
  }
});

describe("parseChartVersion", () => {
  it("takes a tag as it is", () => {
    assert.deepEqual(parseChartVersion("0.4.0"), { text: "0.4.0", ref: { tag: "0.4.0" } });
  });

  it("prefers the digest, because a tag can be moved", () => {
    assert.deepEqual(parseChartVersion(`0.4.0@${DIGEST}`).ref, { digest: DIGEST });
  });

  for (const text of [
    "",
    " ",
    ">=0.4.0",
    "^0.4",
    "0.4.x ",
    "*",
    "0.4.0@sha256:12",
    `@${DIGEST}`,
    "a/b",
    "-1",
    "x".repeat(129),
  ]) {
    it(`refuses "${text.slice(0, 20)}"`, () => {
      assert.throws(
        () => parseChartVersion(text),
        (error) => error instanceof SettingError && error.reason === "InvalidVersion",
      );
    });
  }
});

describe("mergeValues", () => {
  const values = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });

  it("merges maps, and replaces every other value", () => {
    const base = { manager: { replicas: 1, env: [{ name: "A" }], logging: { level: "info" } }, crds: true };
    const over = { manager: { env: [{ name: "B" }], logging: { format: "json" } }, crds: { enabled: false } };

    assert.deepEqual(mergeValues(base, over), {
      manager: { replicas: 1, env: [{ name: "B" }], logging: { level: "info", format: "json" } },
      crds: { enabled: false },
    });
  });

  it("keeps null, by which Helm removes a default of the chart", () => {
    assert.deepEqual(mergeValues({ manager: { a: 1 } }, { manager: { a: null } }), { manager: { a: null } });
  });

  it("replaces an integer that no double holds, and merges nothing into one", () => {
    const merged = mergeValues({ a: 9007199254740993n, b: 9007199254740993n }, { a: 9007199254740995n });

    assert.deepEqual(merged, { a: 9007199254740995n, b: 9007199254740993n });
  });

  it("treats the name of a property that every object has as any other name", () => {
    const over = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<string, unknown>;

    const merged = mergeValues({}, over);

    assert.deepEqual(Object.keys(merged), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(merged), Object.prototype);
  });

  it("changes nothing when it merges values over themselves, over nothing, or nothing over them", () => {
    fc.assert(
      fc.property(values, (some) => {
        assert.deepEqual(mergeValues(some, some), some);
        assert.deepEqual(mergeValues({}, some), some);
        assert.deepEqual(mergeValues(some, {}), some);
      }),
    );
  });
});

describe("secretsOf and configMapsOf", () => {
  it("name every pull secret once, those of single versions included", () => {
    const spec = {
      imagePullSecret: { name: "common" },
      versions: [{ version: "1" }, { version: "2", chartPullSecret: "own" }],
    };

    assert.deepEqual([...secretsOf(read(spec))], ["common", "own"]);
  });

  it("name the objects that chart and toolkit need beside pull secrets", () => {
    const values = { manager: { imagePullSecrets: [{ name: "images" }, { name: "images" }, { nome: "?" }, "?"] } };
    const spec = {
      values,
      versions: [{ version: "1", values: { manager: { imagePullSecrets: [{ name: "more" }] } } }],
      verify: { provider: "cosign", secretRef: { name: "keys" } },
      proxySecretRef: { name: "proxy" },
    } satisfies Spec;
    const fromSecret = read({ ...spec, caBundleRef: { kind: "Secret", name: "ca" } });
    const fromConfigMap = read({ ...spec, caBundleRef: { name: "ca" } });

    assert.deepEqual([...secretsOf(fromSecret)], ["images", "more", "ca", "keys", "proxy"]);
    assert.deepEqual([...configMapsOf(fromSecret)], []);
    assert.deepEqual([...secretsOf(fromConfigMap)], ["images", "more", "keys", "proxy"]);
    assert.deepEqual([...configMapsOf(fromConfigMap)], ["ca"]);
  });

  it("name none where none is needed", () => {
    assert.deepEqual([...secretsOf(read())], []);
  });
});

describe("imagePullSecretsOf", () => {
  it("reads nothing but names from any values", () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.anything()), (anything, list) => {
        for (const odd of [{ manager: anything }, { manager: { imagePullSecrets: list } }]) {
          assert.ok(imagePullSecretsOf(odd).every((name) => typeof name === "string" && name !== ""));
        }
      }),
    );
  });
});
