import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { buildOCIRepository, type ChartLocation, type OCIRepository } from "../flux/oci-repository.ts";
import type { Condition } from "../kube/object.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { askAgain, desiredLookup, judgeVersion } from "./lookup.ts";
import { namesOf } from "./names.ts";
import { REQUESTED_AT } from "./retry.ts";

const names = namesOf({ name: "mcp-01", namespace: "project-x--ws-y" });
const FAILED = "OCIArtifactPullFailed";

function desired(
  tag: string,
  ref: ChartLocation["ref"] = { tag },
  url: string = "oci://r.example/chart",
): OCIRepository {
  return buildOCIRepository(
    { ...names.toolkit, labels: names.labels },
    { url, ref, interval: "1m", secretName: "login", proxySecretName: "proxy" },
  );
}

type Status = NonNullable<OCIRepository["status"]>;

/** Returns an object as it is after the provider has applied it, and Flux has written a status. */
function live(object: OCIRepository, status: Status, uid: string = "1"): OCIRepository {
  const fieldsV1 = { "f:spec": fieldsOf(object.spec) };
  const managedFields = [
    { manager: FIELD_MANAGER, operation: "Apply" as const, apiVersion: object.apiVersion, fieldsV1 },
  ];
  return { ...object, metadata: { ...object.metadata, uid, generation: 1, managedFields }, status };
}

function fieldsOf(value: unknown): object {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, field]) => [`f:${key}`, fieldsOf(field)]))
    : {};
}

function condition(type: string, status: Condition["status"], reason: string): Condition {
  return { type, status, reason, message: "the words of Flux", lastTransitionTime: "", observedGeneration: 1 };
}

function failing(reason: string = FAILED, handled?: string): Status {
  const conditions = [condition("Ready", "False", reason), condition("FetchFailed", "True", reason)];
  return { observedGeneration: -1, conditions, ...(handled !== undefined && { lastHandledReconcileAt: handled }) };
}

function ready(revision: string): Status {
  return { observedGeneration: 1, conditions: [condition("Ready", "True", "Succeeded")], artifact: { revision } };
}

const progressing: Status = { observedGeneration: -1, conditions: [condition("Ready", "Unknown", "Progressing")] };

/** Returns the lookup for a tag that cannot be pulled. */
function lookupFor(tag: string, status: Status): OCIRepository {
  const lookup = desiredLookup(desired(tag), live(desired(tag), failing()), names);
  return live(lookup ?? assert.fail("nothing is looked for"), status, "lookup-uid");
}

describe("desiredLookup", () => {
  it("differs from the tenant's OCIRepository in its name, tag and interval only", () => {
    const source = desired("v0.5.0");

    const lookup = desiredLookup(source, live(source, failing()), names);

    assert.deepEqual(lookup, {
      ...source,
      metadata: { ...names.lookup, labels: names.labels },
      spec: { ...source.spec, ref: { tag: "0.5.0" }, interval: "1h" },
    });
  });

  it("has Flux choose the newest release for latest", () => {
    const source = desired("latest");

    assert.deepEqual(desiredLookup(source, live(source, failing()), names)?.spec?.ref, { semver: ">=0.0.0" });
  });

  const rows: readonly (readonly [what: string, wanted: OCIRepository, live: OCIRepository | undefined])[] = [
    ["Flux has not been asked", desired("v0.5.0"), undefined],
    ["Flux is still at it", desired("v0.5.0"), live(desired("v0.5.0"), progressing)],
    ["Flux has pulled the tag", desired("v0.5.0"), live(desired("v0.5.0"), ready("v0.5.0@sha256:1"))],
    ["Flux has no login", desired("v0.5.0"), live(desired("v0.5.0"), failing("AuthenticationFailed"))],
    ["the signature is wrong", desired("v0.5.0"), live(desired("v0.5.0"), failing("VerificationError"))],
    ["the failure is that of another tag", desired("v0.5.0"), live(desired("v0.4.0"), failing())],
    [
      "something else changes",
      desired("v0.5.0", undefined, "oci://other.example/chart"),
      live(desired("v0.5.0"), failing()),
    ],
    ["the tag has no v", desired("0.5.0"), live(desired("0.5.0"), failing())],
    ["the tag is a name", desired("stable"), live(desired("stable"), failing())],
    ["the OCIRepository is suspended", desired("v1.0.0"), suspended(live(desired("v1.0.0"), failing()))],
  ];
  for (const [what, wanted, found] of rows) {
    it(`is not there while ${what}`, () => {
      assert.equal(desiredLookup(wanted, found, names), undefined);
    });
  }

  it("is not there for a version that is pinned by a digest", () => {
    const pinned = desired("v0.5.0", { digest: "sha256:1" });

    assert.equal(desiredLookup(pinned, live(pinned, failing()), names), undefined);
  });
});

function suspended({ spec, ...object }: OCIRepository): OCIRepository {
  return { ...object, spec: { ...(spec ?? assert.fail()), suspend: true } };
}

describe("judgeVersion", () => {
  const confirmed = failing(FAILED, "lookup-uid");

  it("names the tag that exists once Flux has failed with the other one after that", () => {
    const lookup = lookupFor("v0.5.0", ready("0.5.0@sha256:1"));

    assert.deepEqual(judgeVersion("v0.5.0", { source: live(desired("v0.5.0"), confirmed), lookup }), {
      state: "failed",
      reason: "VersionNotFound",
      message: 'spec.version: "v0.5.0" is no tag of the chart, but 0.5.0 is: write 0.5.0',
    });
  });

  it("names the newest version in place of latest", () => {
    const lookup = lookupFor("latest", ready("0.16.0@sha256:1"));
    const verdict = judgeVersion("latest", { source: live(desired("latest"), confirmed), lookup });

    assert.deepEqual(verdict, {
      state: "failed",
      reason: "VersionNotFound",
      message: 'spec.version: "latest" is no tag of the chart: write a version, the newest is 0.16.0',
    });
  });

  it("says with Flux's words that neither can be fetched", () => {
    const rows = [
      ["v0.5.0", "0.5.0 cannot be fetched either"],
      ["latest", "the newest version cannot be found either"],
    ] as const;
    for (const [version, words] of rows) {
      const lookup = lookupFor(version, failing("ReadOperationFailed"));
      const verdict = judgeVersion(version, { source: live(desired(version), confirmed), lookup });

      assert.deepEqual(verdict, {
        state: "failed",
        reason: "ChartFetchFailed",
        message: `${FAILED}: the words of Flux; ${words}`,
      });
    }
  });

  it("is undecided until the failure is younger than the success", () => {
    const lookup = lookupFor("v0.5.0", ready("0.5.0@sha256:1"));

    for (const status of [failing(), failing(FAILED, "another-uid")]) {
      assert.equal(judgeVersion("v0.5.0", { source: live(desired("v0.5.0"), status), lookup }), "looking");
    }
    const source = live(desired("v0.5.0"), confirmed);
    assert.equal(judgeVersion("v0.5.0", { source, lookup: lookupFor("v0.5.0", progressing) }), "looking");
  });

  it("has nothing to say otherwise", () => {
    const source = live(desired("v0.5.0"), confirmed);
    const lookup = lookupFor("v0.5.0", ready("0.5.0@sha256:1"));

    assert.equal(judgeVersion("v0.5.0", { source, lookup: undefined }), undefined);
    assert.equal(judgeVersion("v0.4.0", { source, lookup }), undefined, "another version");
    assert.equal(judgeVersion("v0.5.0", { source, lookup: suspended(lookup) }), undefined, "suspended");
    assert.equal(judgeVersion("v0.5.0", { source: suspended(source), lookup }), undefined, "suspended");
    const fetched = live(desired("v0.5.0"), ready("v0.5.0@sha256:1"));
    assert.equal(judgeVersion("v0.5.0", { source: fetched, lookup }), undefined, "fetched");
  });
});

describe("askAgain", () => {
  const source = live(desired("v0.5.0"), failing());
  const lookup = lookupFor("v0.5.0", ready("0.5.0@sha256:1"));

  it("asks once for each lookup that succeeds", () => {
    const asked = askAgain({ source, lookup }, undefined);

    assert.deepEqual(asked, { [REQUESTED_AT]: "lookup-uid" });
    const again = { ...source, metadata: { ...source.metadata, annotations: asked } };
    assert.equal(askAgain({ source: again, lookup }, undefined), undefined);
  });

  it("counts any other request after that success for this one", () => {
    assert.deepEqual(askAgain({ source, lookup }, { [REQUESTED_AT]: "wish.1", other: "2" }), {
      [REQUESTED_AT]: "lookup-uid.wish.1",
      other: "2",
    });
  });

  it("asks nothing before that, and when there is nothing to ask for", () => {
    for (const status of [progressing, failing()]) {
      assert.equal(askAgain({ source, lookup: lookupFor("v0.5.0", status) }, undefined), undefined);
    }
    assert.equal(askAgain({ source, lookup: undefined }, undefined), undefined);
    assert.equal(askAgain({ source: live(desired("v0.5.0"), progressing), lookup }, undefined), undefined);
  });
});
