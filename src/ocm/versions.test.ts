import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease } from "../flux/helm-release.ts";
import { buildOCIRepository } from "../flux/oci-repository.ts";
import { type Chart, parseChartVersion, SettingError, type Settings } from "./settings.ts";
import { chooseChart, describeVersion, isInUse, keepWithdrawn, versionAnnotation } from "./versions.ts";

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

/** Returns settings with these versions on offer. */
function offering(...versions: readonly string[]): Settings {
  const offers = versions.map((version) => ({ version, chart: chartOf(version) }));
  return { pollIntervalMs: 60_000, chart: common, offers, trust: {}, target: "mcp" };
}

/** Returns the Flux objects of a tenant who asked for `wanted` when the operator offered this chart. */
function installed(wanted: string, chart: Chart): Parameters<typeof keepWithdrawn>[1] {
  const annotations = versionAnnotation(wanted, chart);
  const spec = { url: chart.url, ref: chart.version.ref, interval: "1m" };
  return { source: buildOCIRepository({ ...ref, ...(annotations && { annotations }) }, spec), release };
}

describe("chooseChart", () => {
  it("passes every version through while there are no offers", () => {
    assert.deepEqual(chooseChart({ settings: offering() }, "9.9.9"), chartOf("9.9.9"));
    assert.throws(() => chooseChart({ settings: offering() }, "^9"), SettingError);
  });

  it("finds the version that the tenant writes letter by letter", () => {
    const settings = offering("0.4.0", "0.5.0");

    assert.deepEqual(chooseChart({ settings }, "0.5.0"), chartOf("0.5.0"));
    for (const wanted of ["0.4", "v0.4.0", "0.4.0 ", "0.4.0@sha256:1"]) {
      assert.equal(chooseChart({ settings }, wanted), undefined);
    }
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
    const metadata = { name: "mcp-01" };

    const text = describeVersion({ apiVersion: "a/v1", kind: "OCM", metadata, spec: { version: "x".repeat(100_000) } });

    assert.equal(text, `version ${"x".repeat(200)}`);
  });
});
