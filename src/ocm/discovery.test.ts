import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Discovery, type Findings, readDiscovery, withoutDescriptors } from "./discovery.ts";
import { discovery } from "./testing/operator-objects.ts";

function read(object: Discovery): Findings {
  return readDiscovery({ namespace: "system", state: "present", object: withoutDescriptors(object) }, "toolkit");
}

function stateOf(findings: Findings): string {
  return findings.state === "found" ? "found" : `${findings.state}: ${findings.why}`;
}

const SUBJECT = 'Discovery "toolkit" in namespace "system"';

describe("a Discovery", () => {
  it("names versions in records, which may say where the chart is", () => {
    const chart = { chartVersion: "0.5.0-build.2", chartURL: "r.example/mirror/chart" };
    const extracted = [
      { version: "0.4.0", digest: "sha256:1" },
      { version: "0.5.0", ...chart },
    ];

    assert.deepEqual(read(discovery({ extracted })), {
      state: "found",
      versions: [{ version: "0.4.0" }, { version: "0.5.0", ...chart }],
      nameless: 0,
    });
  });

  it("names versions in descriptors", () => {
    const components = ["0.4.0", "0.5.0"].map((version) => ({
      meta: {},
      component: { name: "ocm.software/x", version },
    }));

    assert.deepEqual(read(discovery({ components })), {
      state: "found",
      versions: [{ version: "0.4.0" }, { version: "0.5.0" }],
      nameless: 0,
    });
  });

  it("may have found nothing", () => {
    assert.deepEqual(read(discovery({ extracted: [] })), { state: "found", versions: [], nameless: 0 });
  });

  it("counts what names no version", () => {
    const extracted = [
      { version: "0.4.0" },
      { version: 5 },
      { tag: "x" },
      "0.5.0",
      null,
      { version: "1", chartURL: 1 },
    ];

    assert.deepEqual(read(discovery({ extracted })), { state: "found", versions: [{ version: "0.4.0" }], nameless: 5 });
  });

  const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "" } as const;
  const failed = { ...ready, status: "False", reason: "ResolutionFailed", message: "unauthorized" } as const;
  const extracted = [{ version: "0.4.0" }];
  const states: readonly (readonly [string, Discovery, string])[] = [
    ["is answered", discovery({ extracted }), "found"],
    ["was never looked at", discovery(), `pending: the toolkit has not answered ${SUBJECT} yet`],
    [
      "has another spec than was answered",
      discovery({ extracted }, { generation: 2, observed: 1 }),
      `pending: the toolkit has not answered ${SUBJECT} yet`,
    ],
    ["was suspended after an answer", discovery({ extracted }, { generation: 2, observed: 1, suspend: true }), "found"],
    [
      "was suspended before any answer",
      discovery(undefined, { suspend: true }),
      `pending: the toolkit has not answered ${SUBJECT} yet`,
    ],
    [
      "has failed and keeps its last answer",
      discovery({ extracted }, { conditions: [failed] }),
      `failed: ${SUBJECT} is not Ready: ResolutionFailed: unauthorized`,
    ],
    [
      "has failed on its first spec",
      discovery(undefined, { conditions: [failed], observed: 0 }),
      `failed: ${SUBJECT} is not Ready: ResolutionFailed: unauthorized`,
    ],
    [
      "is being looked at again",
      discovery({ extracted }, { conditions: [failed, { ...ready, type: "Reconciling" }] }),
      `pending: the toolkit has not answered ${SUBJECT} yet`,
    ],
    [
      "is Ready without a list",
      discovery(undefined, { conditions: [ready] }),
      `failed: ${SUBJECT} is Ready, but has no list in status.extracted or status.components`,
    ],
    [
      "has something else than a list",
      discovery({ extracted: { version: "0.4.0" } }),
      `failed: ${SUBJECT} is Ready, but has no list in status.extracted or status.components`,
    ],
    [
      "has records of another form",
      discovery({ extracted: [{ tag: "0.4.0" }, { tag: "0.5.0" }] }),
      `failed: ${SUBJECT} has 2 records, none of which has a text "version"`,
    ],
    [
      "is being deleted",
      discovery({ extracted }, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      `failed: ${SUBJECT} is being deleted`,
    ],
  ];
  for (const [what, object, expected] of states) {
    it(`that ${what} says so`, () => {
      assert.equal(stateOf(read(object)), expected);
    });
  }

  it("that is missing or unreadable says so", () => {
    const absent = readDiscovery({ namespace: "system", state: "absent" }, "toolkit");
    const refused = readDiscovery({ namespace: "system", state: "unreadable", why: "forbidden" }, "toolkit");

    const hint = "the kind comes with an OCM K8s Toolkit on the platform cluster";
    assert.equal(stateOf(absent), `failed: ${SUBJECT} does not exist; ${hint}`);
    assert.equal(stateOf(refused), `failed: cannot follow ${SUBJECT}: forbidden`);
  });

  it("is kept without what nobody reads of it", () => {
    const annotations = { note: "long".repeat(1000) };
    const object = discovery({ components: [{ component: { version: "1", resources: ["long".repeat(1000)] } }] });

    const kept = withoutDescriptors({ ...object, metadata: { ...object.metadata, annotations } });

    assert.ok(!JSON.stringify(kept).includes("long"));
    assert.deepEqual(withoutDescriptors(kept), kept);
  });
});
