import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Completed, Sighting } from "../openmcp/service/definition.ts";
import type { ProviderConfig } from "./api/objects.ts";
import { catalogueOf, completeOffers, describeCatalogue, isCatalogueUnknown } from "./catalogue.ts";
import type { Discovery, FoundVersion } from "./discovery.ts";
import type { Settings } from "./settings.ts";
import { discovery, settingsOf } from "./testing/operator-objects.ts";

type Spec = NonNullable<ProviderConfig["spec"]>;
type Versions = NonNullable<NonNullable<ProviderConfig["status"]>["versions"]>;
/** What is known from before. */
type Before = { readonly settings?: Settings; readonly versions?: Versions };

const namespace = "system";
const CHART_URL = "oci://r.example/chart";
const silent: Sighting<Discovery> = { namespace, state: "absent" };
const unanswered: Sighting<Discovery> = { namespace, state: "present", object: discovery() };

function answer(...extracted: readonly (string | FoundVersion)[]): Sighting<Discovery> {
  const records = extracted.map((found) => (typeof found === "string" ? { version: found } : found));
  return { namespace, state: "present", object: discovery({ extracted: records }) };
}

function specWith(spec: Spec = {}): Spec {
  return { chartURL: "r.example/chart", versionsFrom: { name: "toolkit" }, ...spec };
}

function complete(
  sighting: Sighting<Discovery>,
  spec?: Spec,
  { settings, versions }: Before = {},
): Completed<Settings> {
  const status = { observedGeneration: 1, phase: "Ready", ...(versions && { versions }) } as const;
  const config = { apiVersion: "test/v1", kind: "ProviderConfig", metadata: { name: "ocm" }, status };
  return completeOffers(settingsOf(specWith(spec)), sighting, { config, ...(settings && { settings }) });
}

function offered({ settings }: Completed<Settings>): readonly string[] {
  return (catalogueOf({ settings }) ?? assert.fail("expected a catalogue")).map(({ version }) => version);
}

describe("a catalogue that a Discovery makes", () => {
  it("has its versions, the newest first, with all that they do not say from the ProviderConfig", () => {
    const values = { manager: { concurrency: { resource: 3 } } };
    const mirrored = { version: "0.13.0", chartVersion: "0.13.0-1", chartURL: "mirror.example/chart" };

    const { settings } = complete(answer("0.4.0", mirrored), { imagePullSecret: { name: "pull" }, values });

    const inherited = { pullSecret: "pull", values };
    const place = { url: "oci://mirror.example/chart", version: { text: "0.13.0-1", ref: { tag: "0.13.0-1" } } };
    assert.deepEqual(catalogueOf({ settings }), [
      { version: "0.13.0", chart: { ...inherited, ...place }, discovery: "toolkit" },
      {
        version: "0.4.0",
        chart: { ...inherited, url: CHART_URL, version: { text: "0.4.0", ref: { tag: "0.4.0" } } },
        discovery: "toolkit",
      },
    ]);
  });

  it("has what is written by hand instead of what is found under the same name", () => {
    const versions = [
      { version: "0.4.0", chartVersion: "0.4.0-ours" },
      { version: "stable", chartVersion: "0.4.0" },
    ];

    const { settings } = complete(answer("0.4.0", "0.5.0"), { versions });

    assert.deepEqual(
      catalogueOf({ settings })?.map(({ version, chart, discovery: by }) => [version, chart.version.text, by]),
      [
        ["0.5.0", "0.5.0", "toolkit"],
        ["0.4.0", "0.4.0-ours", undefined],
        ["stable", "0.4.0", undefined],
      ],
    );
  });

  it("has only the versions that are selected", () => {
    const versionsFrom = { name: "toolkit", semver: ">=0.5.0", filter: String.raw`^[\d.]+$` };

    const completed = complete(answer("0.4.0", "0.5.0", "0.6.0", "0.7.0-rc.1", "latest"), { versionsFrom });

    assert.deepEqual(offered(completed), ["0.6.0", "0.5.0"]);
    assert.deepEqual(describeCatalogue(completed.settings).remarks, []);
  });

  it("is a catalogue although nothing is found", () => {
    const empty = complete(answer());

    assert.deepEqual(offered(empty), []);
    assert.deepEqual(describeCatalogue(empty.settings), {
      details: { versions: [] },
      remarks: ["no version is on offer"],
    });
  });

  it("leaves out what is no version of a chart, and says how much that is", () => {
    const unusable: readonly FoundVersion[] = [
      { version: "0.5.0+build" },
      { version: "0.6.0", chartVersion: "a b" },
      { version: "0.7.0", chartURL: "https://r.example/chart" },
      { version: `0.8.0-${"x".repeat(200)}` },
      { version: "two words", chartVersion: "0.9.0" },
    ];

    const completed = complete(answer("0.4.0", "0.4.0", ...unusable));

    assert.deepEqual(offered(completed), ["0.4.0"]);
    assert.deepEqual(describeCatalogue(completed.settings).remarks, [
      '5 of the versions that Discovery "toolkit" has found are no version of a chart',
    ]);
  });

  it("searches its filter in no text that is too long for a version", () => {
    const versionsFrom = { name: "toolkit", filter: "^0.4.0$" };

    const { settings } = complete(answer("0.4.0", "0.5.0", "0".repeat(129)), { versionsFrom });

    assert.deepEqual(describeCatalogue(settings).remarks, [
      '1 of the versions that Discovery "toolkit" has found are no version of a chart',
    ]);
  });

  it("has no more than the newest versions of a Discovery that finds very many", () => {
    const all = Array.from({ length: 2000 }, (_, minor) => `0.${minor}.0`);

    const completed = complete(answer(...all), { versions: [{ version: "0.1.0" }] });

    assert.deepEqual([offered(completed).length, offered(completed)[0]], [251, "0.1999.0"]);
    const { details, remarks } = describeCatalogue(completed.settings);
    assert.equal((details["versions"] as readonly unknown[]).length, 251);
    assert.deepEqual(remarks, [
      '1750 older versions that Discovery "toolkit" has found are not on offer: narrow spec.versionsFrom',
    ]);
  });

  it("has another digest exactly when something else is found", () => {
    const digests = [
      complete(answer("0.4.0", "0.5.0")),
      complete(answer("0.5.0", "0.4.0", "0.4.0")),
      complete(answer("0.4.0")),
      complete(answer({ version: "0.4.0", chartVersion: "0.4.0-1" })),
      complete(silent),
    ].map(({ digest }) => digest);

    assert.equal(digests[0], digests[1]);
    assert.equal(new Set(digests).size, 4);
  });
});

describe("a catalogue whose Discovery is silent", () => {
  const known = [
    { version: "0.5.0", chartVersion: "0.5.0", discovery: "toolkit" },
    { version: "0.4.0", chartVersion: "0.4.0-1", chartURL: "oci://mirror.example/chart", discovery: "toolkit" },
    { version: "stable", chartVersion: "0.4.0" },
  ];

  it("has what was found last in this process", () => {
    const before = complete(answer("0.4.0", "0.5.0"));

    const after = complete(silent, {}, { settings: before.settings, versions: known });

    assert.deepEqual(after.settings.offers, before.settings.offers);
    assert.equal(after.digest, before.digest);
    assert.deepEqual(after.problem, {
      state: "failed",
      reason: "VersionsStale",
      message:
        'in force with the versions that were found before: Discovery "toolkit" in namespace "system" does not exist; ' +
        "the kind comes with an OCM K8s Toolkit on the platform cluster",
    });
  });

  it("has the same digest as before beside a version that is written by hand as well", () => {
    const spec = { versions: [{ version: "0.4.0" }] };
    const before = complete(answer("0.4.0", "0.5.0"), spec);

    const after = complete(silent, spec, { settings: before.settings });

    assert.deepEqual([after.settings.offers, after.digest], [before.settings.offers, before.digest]);
  });

  it("has what the status says in a new process, and nothing that was written by hand then", () => {
    const after = complete(silent, {}, { versions: known });

    assert.deepEqual(offered(after), ["0.5.0", "0.4.0"]);
    assert.equal(after.problem?.reason, "VersionsStale");
    assert.deepEqual(describeCatalogue(after.settings).details, { versions: known.slice(0, 2) });
  });

  it("comes to the same from the status as from the Discovery", () => {
    const found = complete(answer("0.5.0", { version: "0.4.0", chartURL: "mirror.example/chart" }));
    const versions = describeCatalogue(found.settings).details["versions"] as Versions;

    const after = complete(silent, {}, { versions });

    assert.deepEqual([after.settings, after.digest], [found.settings, found.digest]);
  });

  it("keeps what another Discovery has found, and says so, until the one that is named instead answers", () => {
    const versionsFrom = { name: "other" };

    const { settings, problem } = complete(silent, { versionsFrom }, { versions: known });

    assert.deepEqual(describeCatalogue(settings).details, { versions: known.slice(0, 2) });
    assert.match(problem?.message ?? "", /Discovery "other"/);
  });

  it("has no version any more that another selection leaves out", () => {
    const versionsFrom = { name: "toolkit", semver: ">=0.5.0" };

    assert.deepEqual(offered(complete(silent, { versionsFrom }, { versions: known })), ["0.5.0"]);
  });

  it("is not known when nothing was ever found, beside what is written by hand", () => {
    const never = complete(silent, { versions: [{ version: "stable", chartVersion: "0.4.0" }] });

    assert.deepEqual(offered(never), ["stable"]);
    assert.ok(isCatalogueUnknown(never));
    assert.deepEqual([never.problem?.state, never.problem?.reason], ["failed", "VersionsUnknown"]);
    assert.ok(!isCatalogueUnknown(complete(answer())));
  });

  it("waits quietly for the first answer of the toolkit", () => {
    const { problem } = complete(unanswered);

    assert.deepEqual([problem?.state, problem?.reason], ["waiting", "VersionsUnknown"]);
  });

  it("has no problem while the toolkit works on another answer", () => {
    const { settings, problem } = complete(unanswered, {}, { versions: known });

    assert.equal(problem, undefined);
    assert.deepEqual(describeCatalogue(settings).remarks, [
      'the toolkit has not answered Discovery "toolkit" in namespace "system" yet',
    ]);
  });
});

describe("the description of a catalogue", () => {
  it("lists what is written by hand, the newest first", () => {
    const versions = [{ version: "0.4.0" }, { version: "stable", chartVersion: "0.4.0" }, { version: "0.13.0" }];

    const { details } = describeCatalogue(settingsOf({ versions }));

    assert.deepEqual(details, {
      versions: [
        { version: "0.13.0", chartVersion: "0.13.0" },
        { version: "0.4.0", chartVersion: "0.4.0" },
        { version: "stable", chartVersion: "0.4.0" },
      ],
    });
  });

  it("lists nothing when every version is on offer", () => {
    assert.deepEqual(describeCatalogue(settingsOf({})), { details: {}, remarks: [] });
  });

  it("lists no more than a status takes, and everything that was found", () => {
    const versions = Array.from({ length: 600 }, (_, minor) => ({ version: `1.${minor}.0` }));
    const endless = { version: "x".repeat(5000), chartVersion: "0.4.0" };

    const { settings } = complete(answer("0.4.0"), { versions: [...versions, endless] });

    const { details, remarks } = describeCatalogue(settings);
    const listed = details["versions"] as Versions;
    assert.deepEqual([listed.length, listed[0]?.version, listed.at(-1)?.version], [500, "1.599.0", "0.4.0"]);
    assert.deepEqual(remarks, ["102 more versions are on offer than status.versions lists"]);
    assert.equal(settings.offers.length, 602);
  });
});
