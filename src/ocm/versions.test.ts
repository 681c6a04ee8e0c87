import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository } from "../flux/oci-repository.ts";
import { type Chart, parseChartVersion, SettingError, type Settings } from "./settings.ts";
import type { OCM } from "./api/objects.ts";
import { operatorWith } from "./testing/operator-objects.ts";
import {
  asksForSame,
  chooseOffer,
  describeVersion,
  isInUse,
  keepWithdrawn,
  spellingsOf,
  versionAnnotation,
} from "./versions.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const common = { url: "oci://r.example/chart" };
const ref = { namespace: "tenant", name: "toolkit" };
const release = buildHelmRelease(ref, {
  chartName: "c",
  releaseName: "r",
  targetNamespace: "n",
  kubeconfigSecret: "k",
  interval: "1m",
});

function chartOf(version: string): Chart {
  return { ...common, version: parseChartVersion(version) };
}

function ocmOf(version: string): OCM {
  return { apiVersion: "a/v1", kind: "OCM", metadata: { name: "mcp-01" }, spec: { version } };
}

/** Returns settings with these versions on offer. */
function offering(...versions: readonly string[]): Settings {
  const offers = versions.map((version) => ({ version, chart: chartOf(version) }));
  return { pollIntervalMs: 60_000, chart: common, offers, trust: {}, target: "mcp" };
}

/** Returns the Flux objects of a tenant who asked for `wanted` when the operator offered this chart. */
function installed(wanted: string, chart: Chart): Parameters<typeof keepWithdrawn>[1] {
  const annotations = versionAnnotation({ version: wanted, chart });
  const spec = { url: chart.url, ref: chart.version.ref, interval: "1m" };
  return { source: buildOCIRepository({ ...ref, ...(annotations && { annotations }) }, spec), release };
}

describe("spellingsOf", () => {
  it("takes one v off a number, and off nothing else", () => {
    assert.deepEqual(spellingsOf("v0.5.0"), ["v0.5.0", "0.5.0"]);
    assert.deepEqual(spellingsOf("v1"), ["v1", "1"]);
    for (const wanted of ["0.5.0", "vv0.5.0", "V0.5.0", "v", "v.5", "vlatest", "latest", ""]) {
      assert.deepEqual(spellingsOf(wanted), [wanted]);
    }
  });
});

describe("chooseOffer", () => {
  it("passes every version through while there are no offers", () => {
    assert.deepEqual(chooseOffer({ settings: offering() }, "9.9.9"), { version: "9.9.9", chart: chartOf("9.9.9") });
    assert.equal(chooseOffer({ settings: offering() }, "v9.9.9")?.chart.version.text, "v9.9.9");
    assert.throws(() => chooseOffer({ settings: offering() }, "^9"), SettingError);
  });

  const rows: readonly (readonly [wanted: string, offers: readonly string[], found: string | undefined])[] = [
    ["0.5.0", ["0.4.0", "0.5.0"], "0.5.0"],
    ["v0.5.0", ["0.4.0", "0.5.0"], "0.5.0"],
    ["v0.5.0", ["0.5.0", "v0.5.0"], "v0.5.0"],
    ["0.5.0", ["v0.5.0"], undefined],
    ["vv0.5.0", ["0.5.0", "v0.5.0"], undefined],
    ["V0.5.0", ["0.5.0"], undefined],
    ["0.5", ["0.5.0"], undefined],
    ["0.5.0 ", ["0.5.0"], undefined],
    ["0.5.0@sha256:1", ["0.5.0"], undefined],
    ["latest", ["0.5.0"], undefined],
    ["latest", ["0.5.0", "latest"], "latest"],
    ["vlatest", ["latest"], undefined],
    ["v", ["v0.5.0"], undefined],
  ];
  for (const [wanted, offers, found] of rows) {
    it(`finds ${found ?? "nothing"} for "${wanted}" among ${offers.join(", ")}`, () => {
      assert.equal(chooseOffer({ settings: offering(...offers) }, wanted)?.version, found);
    });
  }
});

describe("asksForSame", () => {
  const rows: readonly (readonly [one: string, other: string, offers: readonly string[], isSame: boolean])[] = [
    ["0.5.0", "0.5.0", [], true],
    ["0.5.0", "v0.5.0", [], false],
    ["0.5.0", "v0.5.0", ["0.5.0"], true],
    ["v0.5.0", "0.5.0", ["0.5.0"], true],
    ["0.5.0", "v0.5.0", ["0.5.0", "v0.5.0"], false],
    ["0.5.0", "v0.5.0", ["v0.5.0"], false],
    ["0.5.0", "v0.4.0", ["0.5.0", "0.4.0"], false],
    ["0.4.0", "v0.4.0", ["0.5.0"], true],
    ["latest", "v0.5.0", ["0.5.0"], false],
  ];
  for (const [one, other, offers, isSame] of rows) {
    it(`${isSame ? "takes" : "does not take"} ${one} and ${other} for the same if ${offers.join(", ") || "every version"} is on offer`, () => {
      const reading = { settings: offering(...offers), revision: "1", operator: operatorWith({}) };

      assert.equal(asksForSame(ocmOf(one), ocmOf(other), reading), isSame);
    });
  }

  it("compares word for word while no settings are in force", () => {
    const reading = { blocker: { state: "waiting", reason: "ProviderConfigNotFound", message: "" } } as const;

    assert.ok(!asksForSame(ocmOf("0.5.0"), ocmOf("v0.5.0"), reading));
  });
});

describe("isInUse", () => {
  const wanted = "0.4.0";
  for (const text of ["0.4.0", `0.4.0@${DIGEST}`, "1.2.3", `1.2.3@${DIGEST}`]) {
    const objects = installed(wanted, chartOf(text));

    it(`recognizes version ${wanted}, installed as ${text}`, () => {
      assert.ok(isInUse(objects, wanted));
    });

    it(`takes ${wanted}, installed as ${text}, for no other version`, () => {
      for (const other of ["0.5.0", "1.2.3", `0.4.0@sha256:${"b".repeat(64)}`]) {
        assert.ok(!isInUse(objects, other), other);
      }
    });
  }

  it("recognizes a version that the tenant pins by a digest", () => {
    assert.ok(isInUse(installed(`0.4.0@${DIGEST}`, chartOf(`0.4.0@${DIGEST}`)), `0.4.0@${DIGEST}`));
  });

  it("recognizes the version under its spelling with a leading v, and no other one", () => {
    assert.ok(isInUse(installed("0.4.0", chartOf("0.4.0")), "v0.4.0"));
    assert.ok(isInUse(installed("0.4.0", chartOf("1.2.3")), "v0.4.0"));
    assert.ok(!isInUse(installed("v0.4.0", chartOf("0.4.0")), "0.4.0"));
    assert.ok(!isInUse(installed("0.4.0", chartOf("1.2.3")), "v1.2.3"));
  });

  it("denies the use of a version that Flux has never been able to pull", () => {
    const failed = { type: "FetchFailed", status: "True", reason: "OCIArtifactPullFailed", message: "" } as const;
    const conditions = [{ ...failed, observedGeneration: 1, lastTransitionTime: "" }];
    const { source } = installed(wanted, chartOf(wanted));
    assert.ok(source !== undefined);
    const failing = (revision?: string): Parameters<typeof isInUse>[0] => ({
      source: {
        ...source,
        metadata: { ...source.metadata, generation: 1 },
        status: { conditions, ...(revision !== undefined && { artifact: { revision } }) },
      },
      release,
    });

    assert.ok(!isInUse(failing(), wanted));
    assert.ok(!isInUse(failing(`0.3.0@${DIGEST}`), wanted), "what is there is another version");
    assert.ok(isInUse(failing(`${wanted}@${DIGEST}`), wanted), "the registry may be away");
  });

  it("denies the use of a version for which Flux has no HelmRelease yet", () => {
    const { source } = installed(wanted, chartOf(wanted));

    assert.ok(!isInUse({ source, release: undefined }, wanted));
  });
});

describe("keepWithdrawn", () => {
  const objects = installed("0.4.0", chartOf("0.4.0"));

  it("keeps an installed version and lists the versions on offer", () => {
    assert.deepEqual(keepWithdrawn("0.4.0", objects, { settings: offering("0.5.0") }), {
      reason: "VersionWithdrawn",
      message: 'version "0.4.0" is not offered any more and stays as it is (on offer: 0.5.0)',
    });
  });

  it("lists the versions on offer whatever text the tenant has written", () => {
    assert.throws(
      () => keepWithdrawn("x".repeat(100_000), objects, { settings: offering("0.5.0") }),
      /: spec\.version: "x{200}" is not offered \(on offer: 0\.5\.0\)$/,
    );
  });

  it("refuses any other version, and lists twenty versions on offer", () => {
    const settings = offering(...Array.from({ length: 25 }, (_, index) => `0.${index}.0`));

    assert.throws(
      () => keepWithdrawn("1", objects, { settings }),
      (error) =>
        error instanceof SettingError &&
        error.reason === "VersionNotOffered" &&
        /^spec\.version: "1" is not offered \(on offer: 0\.0\.0, .*0\.19\.0 and 5 more\)$/.test(error.message),
    );
  });
});

describe("describeVersion", () => {
  it("leaves room for the words behind it", () => {
    const text = describeVersion(ocmOf("x".repeat(100_000)));

    assert.equal(text, `version ${"x".repeat(200)}`);
  });
});
