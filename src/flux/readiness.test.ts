import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildHelmRelease, type HelmRelease, type ReleaseSnapshot } from "./helm-release.ts";
import { buildOCIRepository, type OCIRepository } from "./oci-repository.ts";
import { installedVersion, readRelease, readSource, withoutProgress, withoutRoutine } from "./readiness.ts";

const HASH = "25c360249aca".padEnd(64, "0");
const DIGEST = `sha256:${HASH}`;
const READY = {
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message: "",
  observedGeneration: 1,
  lastTransitionTime: "2026-01-01T00:00:00Z",
} as const;

const source: OCIRepository = {
  ...buildOCIRepository(
    { name: "chart", generation: 1 },
    { url: "oci://r/c", ref: { tag: "0.4.0" }, interval: "1m0s" },
  ),
  status: { observedGeneration: 1, conditions: [READY], artifact: { revision: `0.4.0@${DIGEST}` } },
};

function release(deployed: Partial<ReleaseSnapshot>): HelmRelease {
  const built = buildHelmRelease(
    { name: "toolkit", generation: 1 },
    { chartName: "chart", releaseName: "r", targetNamespace: "t", kubeconfigSecret: "k", interval: "1m0s" },
  );
  const history = [{ status: "deployed", ...deployed }];
  const status = { observedGeneration: 1, conditions: [READY], lastAttemptedRevisionDigest: DIGEST, history };
  return { ...built, status };
}

const withRevision = (revision: string): OCIRepository => ({
  ...source,
  status: { ...source.status, artifact: { revision } },
});

describe("readSource", () => {
  it("is ready when the artifact is of the tag that is asked for", () => {
    assert.equal(readSource(source).state, "ready");
  });

  it("is not ready when the artifact is still of another tag, whatever Flux says", () => {
    assert.equal(readSource(withRevision(`0.5.0@${DIGEST}`)).state, "progressing");
    assert.equal(readSource(withRevision(`0.4.0-rc@${DIGEST}`)).state, "progressing");
  });

  it("is ready when the artifact has the digest that is asked for, and only then", () => {
    const pinned = withRevision(DIGEST);
    const asking = (digest: string): OCIRepository => ({
      ...pinned,
      ...buildOCIRepository({ name: "chart", generation: 1 }, { url: "oci://r/c", ref: { digest }, interval: "1m0s" }),
      ...(pinned.status !== undefined && { status: pinned.status }),
    });

    assert.equal(readSource(asking(DIGEST)).state, "ready");
    assert.equal(readSource(asking(`sha256:${"a".repeat(64)}`)).state, "progressing");
  });
});

describe("readRelease", () => {
  it("is ready when what is deployed is the current chart", () => {
    const current = release({ ociDigest: DIGEST, chartVersion: "0.4.0+25c360249aca" });

    assert.equal(readRelease(current, source).state, "ready");
  });

  it("knows a release that was rolled back to by its version, as Flux forgets the digest", () => {
    assert.equal(readRelease(release({ chartVersion: "0.4.0+25c360249aca" }), source).state, "ready");
    assert.equal(readRelease(release({ chartVersion: "0.4.0+aaaaaaaaaaaa" }), source).state, "progressing");
    assert.equal(readRelease(release({}), source).state, "progressing");
  });

  it("knows the chart of a tag that is no version, of which Flux tells the tag before the digest", () => {
    const revision = `nightly@${DIGEST}`;
    const current = release({ ociDigest: revision, chartVersion: "0.4.0+25c360249aca" });
    const moved: HelmRelease = { ...current, status: { ...current.status, lastAttemptedRevisionDigest: revision } };

    assert.equal(readRelease(moved, source).state, "ready");
  });

  it("does not take another chart for the current one", () => {
    const other = release({ ociDigest: `sha256:${"a".repeat(64)}`, chartVersion: "0.4.0+25c360249aca" });

    assert.equal(readRelease(other, source).state, "progressing");
  });
});

describe("readRelease with the gate DisableChartDigestTracking", () => {
  const ROLLED_BACK_TO = "sha256:8662a00e43a784733fe8d26b090f68348c1c6493ad6d6c40329d407c8aedf52c";
  const MOVED_TO = `sha256:236a2b975eb479680${"b".repeat(47)}`;
  const MOVED_FROM = "sha256:b6da0de1a93b1c47da42f2bf521f6760f22a0eb39c4e2b881963779d3febdceb";

  type Row = {
    readonly what: string;
    readonly fetched: string;
    readonly attempted: readonly [revision: string, digest: string];
    readonly history: readonly ReleaseSnapshot[];
    readonly state: "ready" | "progressing";
  };
  const rows: readonly Row[] = [
    {
      what: "what was rolled back to is asked for again",
      fetched: `0.4.0@${ROLLED_BACK_TO}`,
      attempted: ["0.4.0", ROLLED_BACK_TO],
      history: [
        { status: "deployed", chartVersion: "0.4.0" },
        { status: "failed", chartVersion: "0.7.0", ociDigest: `sha256:86d15dc236bafeb01${"a".repeat(47)}` },
        { status: "superseded", chartVersion: "0.4.0" },
      ],
      state: "ready",
    },
    {
      what: "the tag was moved, and the chart has kept its version",
      fetched: `0.5.0@${MOVED_TO}`,
      attempted: ["0.5.0", MOVED_TO],
      history: [{ status: "deployed", chartVersion: "0.5.0", ociDigest: MOVED_FROM }],
      state: "ready",
    },
    {
      what: "helm-controller has not looked at what the moved tag names yet",
      fetched: `0.5.0@${MOVED_TO}`,
      attempted: ["0.5.0", MOVED_FROM],
      history: [{ status: "deployed", chartVersion: "0.5.0", ociDigest: MOVED_FROM }],
      state: "progressing",
    },
    {
      what: "the release still calls its old version ready while the source has the new one",
      fetched: `0.5.0@${MOVED_TO}`,
      attempted: ["0.4.0", ROLLED_BACK_TO],
      history: [{ status: "deployed", chartVersion: "0.4.0", ociDigest: ROLLED_BACK_TO }],
      state: "progressing",
    },
    {
      what: "another version is being installed",
      fetched: `0.5.0@${MOVED_TO}`,
      attempted: ["0.5.0", MOVED_TO],
      history: [
        { status: "pending-upgrade", chartVersion: "0.5.0", ociDigest: MOVED_TO },
        { status: "deployed", chartVersion: "0.4.0", ociDigest: ROLLED_BACK_TO },
      ],
      state: "progressing",
    },
    {
      what: "the gate was set after the release was installed, and it is installed anew",
      fetched: `0.5.0@${MOVED_TO}`,
      attempted: ["0.5.0", MOVED_TO],
      history: [{ status: "deployed", chartVersion: "0.5.0+b6da0de1a93b", ociDigest: MOVED_FROM }],
      state: "progressing",
    },
    {
      what: "the gate was taken back, and the moved tag is installed at last",
      fetched: `0.5.0@${MOVED_TO}`,
      attempted: ["0.5.0+236a2b975eb4", MOVED_TO],
      history: [{ status: "deployed", chartVersion: "0.5.0", ociDigest: MOVED_FROM }],
      state: "progressing",
    },
  ];

  for (const { what, fetched, attempted, history, state } of rows) {
    it(`is ${state} when ${what}`, () => {
      const [tag = ""] = fetched.split("@");
      const wanted: OCIRepository = {
        ...withRevision(fetched),
        ...(source.spec && { spec: { ...source.spec, ref: { tag } } }),
      };
      const [lastAttemptedRevision, lastAttemptedRevisionDigest] = attempted;
      const current = release({});
      const status = { ...current.status, lastAttemptedRevision, lastAttemptedRevisionDigest, history };

      assert.equal(readRelease({ ...current, status }, wanted).state, state);
    });
  }

  it("tells the version that is installed", () => {
    assert.equal(installedVersion(release({ chartVersion: "0.4.0" })), "0.4.0");
  });
});

describe("a routine check of Flux", () => {
  const installed = release({ chartVersion: `0.4.0+${HASH.slice(0, 12)}` });
  const during = (conditions: readonly object[], status: object = {}, metadata: object = {}): HelmRelease => {
    const changed: object = {
      ...installed,
      metadata: { ...installed.metadata, resourceVersion: "8", ...metadata },
      status: { ...installed.status, conditions, ...status },
    };
    return changed as HelmRelease;
  };
  const reconciling = { ...READY, type: "Reconciling", reason: "Progressing" };
  const unknown = { ...READY, status: "Unknown", reason: "Progressing" };

  it("changes nothing that lasts, neither while Flux is at it nor afterwards", () => {
    const lasting = withoutRoutine(installed);

    assert.deepEqual(withoutRoutine(during([reconciling, READY])), lasting);
    assert.deepEqual(withoutRoutine(during([reconciling, unknown])), lasting);
    assert.deepEqual(withoutRoutine(during([{ ...READY, message: "other words" }])), lasting);
  });

  const others: readonly (readonly [what: string, release: HelmRelease])[] = [
    ["a failure", during([{ ...READY, status: "False", reason: "UpgradeFailed" }])],
    ["a lasting failure", during([unknown, { ...READY, type: "Released", status: "False" }])],
    ["a generation that Flux has not seen", during([READY], {}, { generation: 2 })],
    ["a deletion", during([READY], {}, { deletionTimestamp: "2026-01-01T00:00:00Z" })],
    ["a label", during([READY], {}, { labels: { a: "b" } })],
    ["another chart", during([READY], { lastAttemptedRevisionDigest: "sha256:0" })],
    ["another release", during([READY], { history: [{ status: "failed" }] })],
  ];
  for (const [what, other] of others) {
    it(`is not taken for ${what}`, () => {
      assert.notDeepEqual(withoutRoutine(other), withoutRoutine(installed));
    });
  }
});

function sourceWith(conditions: readonly object[], metadata: object = {}): OCIRepository {
  const changed: object = {
    ...source,
    metadata: { ...source.metadata, resourceVersion: "8", ...metadata },
    status: { ...source.status, conditions },
  };
  return changed as OCIRepository;
}

describe("progress of Flux", () => {
  const reconciling = { ...READY, type: "Reconciling", reason: "Progressing", message: "first words" };
  const unknown = { ...READY, status: "Unknown", reason: "Progressing", message: "first words" };
  const before = withoutProgress(sourceWith([reconciling, unknown]));

  it("is the same in other words", () => {
    const later = { ...reconciling, message: "other words" };

    assert.deepEqual(withoutProgress(sourceWith([later, unknown], { resourceVersion: "9" })), before);
    assert.deepEqual(withoutProgress(sourceWith([reconciling, { ...unknown, message: "other words" }])), before);
  });

  it("is the same once Flux holds the object", () => {
    const held = { finalizers: ["finalizers.fluxcd.io"], resourceVersion: "9" };

    assert.deepEqual(withoutProgress(sourceWith([reconciling, unknown], held)), before);
  });

  it("tells who holds an object that is being deleted", () => {
    const deletionTimestamp = "2026-01-02T00:00:00Z";
    const [held, others] = [["finalizers.fluxcd.io"], ["example.com/others"]].map((finalizers) =>
      withoutProgress(sourceWith([READY], { deletionTimestamp, finalizers })),
    );

    assert.notDeepEqual(held, others);
  });

  const laterTime = "2026-01-02T00:00:00Z";
  const others: readonly (readonly [what: string, source: OCIRepository])[] = [
    ["an end", sourceWith([READY])],
    ["one that has begun anew", sourceWith([{ ...reconciling, lastTransitionTime: laterTime }, unknown])],
    ["one for another reason", sourceWith([{ ...reconciling, reason: "ProgressingWithRetry" }, unknown])],
    ["one of another generation", sourceWith([{ ...reconciling, observedGeneration: 2 }, unknown])],
    ["one that is not said to go on", sourceWith([unknown])],
    ["one with an earlier failure", sourceWith([reconciling, unknown, { ...READY, type: "FetchFailed" }])],
    ["that of an object with another label", sourceWith([reconciling, unknown], { labels: { a: "b" } })],
  ];
  for (const [what, other] of others) {
    it(`is not taken for ${what}`, () => {
      assert.notDeepEqual(withoutProgress(other), before);
    });
  }

  it("has failures in their own words", () => {
    const [one, other] = ["one cause", "another cause"].map((message) =>
      withoutProgress(sourceWith([{ ...READY, status: "False", message }])),
    );

    assert.notDeepEqual(one, other);
  });
});
