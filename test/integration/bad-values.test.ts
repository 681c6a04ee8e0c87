import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Obj } from "../../sim/object.ts";
import { isJsonObject } from "../../sim/json.ts";
import { listAt, objectAt, valueAt } from "../../sim/value-at.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { loosenSchema, writeWhenTaken } from "../support/lax-schema.ts";
import { awaitReady, awaitReason, conditionOf, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf } from "../support/tenant-refs.ts";
import { ocm, startRunningWorld, type Tenant, type World } from "../support/world.ts";

/** A bad value of a field, what the API server says of it, and what a status says where it has come past the schema. */
type Bad = readonly [spec: Readonly<Record<string, unknown>>, refusal: RegExp | typeof TAKEN, problem: RegExp];

const OCM_CRD = ref("crd", "ocms.ocm.services.openmcp.cloud");
const CONFIG_CRD = ref("crd", "providerconfigs.ocm.services.openmcp.cloud");
const CONFIG = ref("providerConfig", "ocm");

/** The schema takes the value, as that of the Go provider does. */
const TAKEN = undefined;
const TOO_SHORT = /should be at least 1 chars long/;
const EMPTY = /must NOT have fewer than 1 characters, found 0/;
const REQUIRED = /Required value/;
const NO_STRING = /must be of type string/;
const IS_NUMBER = /must be string, found number/;
const IS_NO_VERSION = /is not one chart version, expected a tag such as 0\.4\.0/;
const NO_REPOSITORY = /must be host\[:port\]\/repository/;
const IS_NO_REPOSITORY = /is not host\[:port\]\/repository, optionally with oci:\/\/ in front, without tag/;
const NO_OBJECT = /must be of type object/;
const IS_ARRAY = /must be object, found array/;
const UNSUPPORTED = /Unsupported value/;
const DIGEST = `sha256:${"a".repeat(64)}`;
const ca = (rest: object): Bad[0] => ({ caBundleRef: { kind: "Secret", name: "a", ...rest } });
const cosign = (rest: object): Bad[0] => ({ verify: { provider: "cosign", ...rest } });
const notation = (rest: object): Bad[0] => ({ verify: { provider: "notation", ...rest } });
const from = (rest: object): Bad[0] => ({ versionsFrom: { name: "a", ...rest } });
const offer = (rest: object): Bad[0] => ({ versions: [{ version: "a", ...rest }] });

const ofConfig: Readonly<Record<string, readonly Bad[]>> = {
  chartURL: [
    [{ chartURL: "https://example.com/chart" }, NO_REPOSITORY, IS_NO_REPOSITORY],
    [{ chartURL: "oci://example.com/chart:0.4.0" }, /without tag, digest or other scheme/, IS_NO_REPOSITORY],
    [{ chartURL: `example.com/chart@${DIGEST}` }, /without tag, digest or other scheme/, IS_NO_REPOSITORY],
    [{ chartURL: "oci://user:pw@example.com/chart" }, NO_REPOSITORY, IS_NO_REPOSITORY],
    [{ chartURL: "" }, TOO_SHORT, EMPTY],
    [{ chartURL: 1 }, NO_STRING, IS_NUMBER],
    [
      { chartURL: `a.example/${"a".repeat(1024)}` },
      /may not be more than 1024/,
      /more than 1024 characters, found 1034/,
    ],
  ],
  pollInterval: [
    [{ pollInterval: "soon" }, /must be a Go duration such as 30s, 5m or 1h30m/, /"soon".*, expected a Go duration/],
    [{ pollInterval: "-1m" }, /must be a Go duration/, /"-1m".*, expected a Go duration/],
    [{ pollInterval: "999ms" }, /must be at least 1s/, /"999ms" is too short, expected a Go duration of at least 1s/],
    [{ pollInterval: "0s" }, /must be at least 1s/, /"0s" is too short/],
    [{ pollInterval: "720h1s" }, /must be at most 720h/, /"720h1s" is too long, expected .* at most 720h/],
    [{ pollInterval: "2562047h47m16.854775807s" }, /must be at most 720h/, /16\.854775807s" is too long/],
    [{ pollInterval: "2562047h47m17s" }, /pollInterval: Invalid value/, /"2562047h47m17s" is longer than the longest/],
    [{ pollInterval: 60 }, NO_STRING, IS_NUMBER],
  ],
  imagePullSecret: [[{ imagePullSecret: "chart-registry" }, NO_OBJECT, /must be object, found string/]],
  "imagePullSecret.name": [
    [{ imagePullSecret: {} }, REQUIRED, /must have required property 'name'/],
    [{ imagePullSecret: { name: "" } }, TOO_SHORT, EMPTY],
  ],
  values: [[{ values: [] }, NO_OBJECT, IS_ARRAY]],
  targetCluster: [
    [{ targetCluster: "Moon" }, UNSUPPORTED, /allowed values \(ManagedControlPlane, Workload\), found "Moon"/],
  ],
  caBundleRef: [[{ caBundleRef: "a" }, NO_OBJECT, /must be object, found string/]],
  "caBundleRef.kind": [[ca({ kind: "Node" }), UNSUPPORTED, /allowed values \(ConfigMap, Secret\), found "Node"/]],
  "caBundleRef.name": [
    [ca({ name: "" }), TOO_SHORT, EMPTY],
    [{ caBundleRef: { key: "a" } }, REQUIRED, /must have required property 'name'/],
  ],
  "caBundleRef.key": [[ca({ key: "a/b" }), /letters, digits/, /found "a\/b", expected letters, digits/]],
  verify: [
    [notation({}), /notation needs secretRef/, /found no secretRef, which notation needs/],
    [
      notation({ secretRef: { name: "a" }, matchOIDCIdentity: [{ issuer: "a", subject: "b" }] }),
      /matchOIDCIdentity is for cosign only/,
      /found matchOIDCIdentity, which is for cosign only/,
    ],
  ],
  "verify.provider": [[{ verify: { provider: "gpg" } }, UNSUPPORTED, /\(cosign, notation\), found "gpg"/]],
  "verify.secretRef": [[cosign({ secretRef: [] }), NO_OBJECT, IS_ARRAY]],
  "verify.secretRef.name": [[cosign({ secretRef: { name: "" } }), TOO_SHORT, EMPTY]],
  "verify.matchOIDCIdentity": [
    [cosign({ matchOIDCIdentity: {} }), /must be of type array/, /must be array, found object/],
    [
      cosign({ matchOIDCIdentity: Array.from({ length: 33 }, () => ({ issuer: "a", subject: "b" })) }),
      /must have at most 32 items/,
      /must NOT have more than 32 items/,
    ],
  ],
  "verify.matchOIDCIdentity[].issuer": [
    [cosign({ matchOIDCIdentity: [{ issuer: "", subject: "b" }] }), TOO_SHORT, EMPTY],
  ],
  "verify.matchOIDCIdentity[].subject": [
    [cosign({ matchOIDCIdentity: [{ issuer: "a" }] }), REQUIRED, /must have required property 'subject'/],
  ],
  proxySecretRef: [[{ proxySecretRef: "a" }, NO_OBJECT, /must be object, found string/]],
  "proxySecretRef.name": [[{ proxySecretRef: { name: "" } }, TOO_SHORT, EMPTY]],
  versionsFrom: [[{ versionsFrom: "toolkit" }, NO_OBJECT, /must be object, found string/]],
  "versionsFrom.name": [
    [{ versionsFrom: {} }, REQUIRED, /must have required property 'name'/],
    [from({ name: "" }), TOO_SHORT, EMPTY],
  ],
  "versionsFrom.semver": [
    [from({ semver: "newest" }), TAKEN, /"newest" is no semver constraint, expected comparators/],
    [from({ semver: "" }), TOO_SHORT, EMPTY],
  ],
  "versionsFrom.filter": [
    [from({ filter: "(" }), TAKEN, /"\(" is no regular expression/],
    [from({ filter: 1 }), NO_STRING, IS_NUMBER],
  ],
  versions: [
    [{ versions: "0.4.0" }, /must be of type array/, /must be array, found string/],
    [
      { versions: [{ version: "a" }, { version: "a", chartVersion: "b" }] },
      /Duplicate value/,
      /found "a" twice, expected each version once/,
    ],
    [offer({ values: {}, helmValues: {} }), /versions\[0\].*only one of them may be set/, /expected only one of them/],
  ],
  "versions[].version": [
    [offer({ version: "^0.4" }), TAKEN, IS_NO_VERSION],
    [offer({ version: ">=0.4.0 <0.6.0" }), TAKEN, IS_NO_VERSION],
    [offer({ version: "" }), TAKEN, IS_NO_VERSION],
    [offer({ version: 1 }), NO_STRING, IS_NUMBER],
    [{ versions: [{ chartVersion: "0.4.0" }] }, REQUIRED, /must have required property 'version'/],
  ],
  "versions[].chartVersion": [
    [offer({ chartVersion: "~0.4" }), TAKEN, IS_NO_VERSION],
    [offer({ chartVersion: "" }), TAKEN, IS_NO_VERSION],
    [offer({ chartVersion: "a@sha256:0" }), TAKEN, IS_NO_VERSION],
    [offer({ chartVersion: 1 }), NO_STRING, IS_NUMBER],
  ],
  "versions[].chartURL": [
    [offer({ chartURL: "https://example.com/chart" }), TAKEN, IS_NO_REPOSITORY],
    [offer({ chartURL: "" }), TAKEN, IS_NO_REPOSITORY],
    [offer({ chartURL: 1 }), NO_STRING, IS_NUMBER],
  ],
  "versions[].chartPullSecret": [
    [offer({ chartPullSecret: { name: "a" } }), NO_STRING, /must be string, found object/],
  ],
  shards: [
    [{ shards: "a" }, /must be of type array/, /must be array, found string/],
    [{ shards: [""] }, TOO_SHORT, EMPTY],
    [{ shards: ["no key"] }, /should match/, /shards\[0\]: must match pattern/],
    [{ shards: [1] }, NO_STRING, IS_NUMBER],
  ],
  "versions[].values": [[offer({ values: [] }), NO_OBJECT, IS_ARRAY]],
  "versions[].helmValues": [[offer({ helmValues: [] }), NO_OBJECT, IS_ARRAY]],
};

const ofOCM: Readonly<Record<string, readonly Bad[]>> = {
  version: [
    [{ version: "" }, TAKEN, IS_NO_VERSION],
    [{ version: ">=0.4.0" }, TAKEN, IS_NO_VERSION],
    [{ version: "0.4.*" }, TAKEN, IS_NO_VERSION],
    [{ version: "v 1" }, TAKEN, IS_NO_VERSION],
    [{ version: "0.4.0@sha256:abc" }, TAKEN, IS_NO_VERSION],
    [{ version: "a".repeat(129) }, TAKEN, IS_NO_VERSION],
    [{ version: "a".repeat(100_000) }, TAKEN, IS_NO_VERSION],
    [{ version: 4 }, NO_STRING, IS_NUMBER],
    [{}, REQUIRED, /must have required property 'version'/],
  ],
};

describe("bad values", () => {
  let world: World;
  let good: Readonly<Record<string, unknown>>;
  let neighbour: Tenant;
  let tenant: Tenant;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h" });
    [neighbour, tenant] = await Promise.all([
      install(world, { name: "mcp-neighbour", namespace: "project-x--ws-y" }),
      install(world, { name: "mcp-01", namespace: "project-x--ws-y" }),
    ]);
    good = objectAt(await world.platform.get(CONFIG), "spec");
  });
  after(() => world.stop());

  const setConfig = (spec: unknown): Promise<Obj> =>
    world.platform.patchJson(CONFIG, [{ op: "replace", path: "/spec", value: spec }]);
  const setOCM = (spec: unknown): Promise<Obj> =>
    world.onboarding.patchJson(refsOf(tenant).ocm, [{ op: "replace", path: "/spec", value: spec }]);

  it("are tried for every field there is", async () => {
    const fields = async (client: World["platform"], crd: typeof OCM_CRD): Promise<readonly string[]> => {
      const schema = valueAt(listAt(await client.get(crd), "spec", "versions")[0], "schema", "openAPIV3Schema");
      return fieldsOf(valueAt(schema, "properties", "spec"), "").toSorted();
    };

    assert.deepEqual(await fields(world.platform, CONFIG_CRD), Object.keys(ofConfig).toSorted());
    assert.deepEqual(await fields(world.onboarding, OCM_CRD), Object.keys(ofOCM).toSorted());
  });

  for (const [field, spec, refusal] of refusedRowsOf(ofConfig)) {
    it(`of a ProviderConfig are refused by the API server, which names ${field}: ${shortOf(spec)}`, async () => {
      await assert.rejects(setConfig({ ...good, ...spec }), refuses(field, refusal));
    });
  }

  for (const [field, spec, refusal] of refusedRowsOf(ofOCM)) {
    it(`of an OCM object are refused by the API server, which names ${field}: ${shortOf(spec)}`, async () => {
      const { apiVersion, kind, metadata } = ocm({ name: "refused", namespace: tenant.namespace }, "");
      await assert.rejects(world.onboarding.create({ apiVersion, kind, metadata, spec }), refuses(field, refusal));
    });
  }

  it("of a ProviderConfig that come past its schema are named in its status, and change no installation", async () => {
    const statesOf = async (): Promise<unknown> =>
      Promise.all(
        [neighbour, tenant].map(async (one) => {
          const { ocm: ordered, source, release } = refsOf(one);
          const ofFlux = await Promise.all([source, release].map((object) => world.platform.get(object)));
          const { metadata, status } = await world.onboarding.get<ServiceObj>(ordered);
          return [metadata, status, ofFlux.map(({ metadata: { labels, generation } }) => ({ labels, generation }))];
        }),
      );
    const untouched = await statesOf();
    for (const [field, spec, refusal, problem] of takenFirst(ofConfig)) {
      await (refusal !== TAKEN && loosenSchema(world.platform, CONFIG_CRD.name));
      const { metadata } = await setWhenTaken(() => setConfig({ ...good, ...spec }));
      const bad = await awaitPresent<ServiceObj>(
        world.platform,
        CONFIG,
        ({ status }) => status?.observedGeneration === metadata.generation,
        { what: `the status speaks of ${JSON.stringify(spec)}` },
      );

      const accepted = conditionOf(bad, "Accepted");
      assert.equal(accepted?.reason, "InvalidProviderConfig", JSON.stringify(spec));
      assert.match(accepted.message, problem);
      assert.ok(names(accepted.message, field), `${accepted.message} names ${field}`);
      assert.ok(!accepted.message.includes("user:pw"));
    }
    assert.deepEqual(await statesOf(), untouched);
    await setConfig(good);
    await awaitReason(world.platform, CONFIG, "Accepted", "Valid");
  });

  it("of an OCM object that come past its schema are named in its status, and stop nobody else", async () => {
    const [installed, newer = ""] = world.ground.charts.versions;
    for (const [field, spec, refusal, problem] of takenFirst(ofOCM)) {
      await (refusal !== TAKEN && loosenSchema(world.onboarding, OCM_CRD.name));
      const { metadata } = await setWhenTaken(() => setOCM(spec));
      const bad = await awaitPresent<ServiceObj>(
        world.onboarding,
        refsOf(tenant).ocm,
        ({ status }) => status?.observedGeneration === metadata.generation,
        { what: `the status speaks of ${JSON.stringify(spec)}` },
      );

      const ready = conditionOf(bad, "Ready");
      assert.equal(ready?.reason, "ReconcileError", JSON.stringify(spec));
      assert.match(ready.message, problem);
      assert.ok(names(ready.message, field), `${ready.message} names ${field}`);
      assert.equal(bad.status?.installedVersion, installed);
    }

    await world.onboarding.patchMerge(refsOf(neighbour).ocm, { spec: { version: newer } });
    await awaitReady(world.onboarding, neighbour, newer);
    await setOCM({ version: newer });
    await awaitReady(world.onboarding, tenant, newer);
  });
});

/** The API server takes what its new schema allows some moments after that was stored. */
async function setWhenTaken(set: () => Promise<Obj>): Promise<Obj> {
  let taken: Obj | undefined;
  await writeWhenTaken(async () => {
    taken = await set();
  });
  return taken ?? assert.fail("it was taken");
}

function rowsOf(table: Readonly<Record<string, readonly Bad[]>>): readonly (readonly [field: string, ...Bad])[] {
  return Object.entries(table).flatMap(([field, rows]) => rows.map((row) => [field, ...row] as const));
}

function refusedRowsOf(
  table: Readonly<Record<string, readonly Bad[]>>,
): readonly (readonly [field: string, spec: Bad[0], refusal: RegExp])[] {
  return rowsOf(table).flatMap(([field, spec, refusal]) =>
    refusal === TAKEN ? [] : [[field, spec, refusal] as const],
  );
}

function takenFirst(table: Readonly<Record<string, readonly Bad[]>>): ReturnType<typeof rowsOf> {
  const rows = rowsOf(table);
  return [...rows.filter(([, , refusal]) => refusal === TAKEN), ...rows.filter(([, , refusal]) => refusal !== TAKEN)];
}

function refuses(field: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, message);
    assert.ok(names(error.message, field), `${error.message} names ${field}`);
    return true;
  };
}

/** Whether a message names a field: the first entry of a list, if it is in one, or the object in which it is missing. */
function names(message: string, field: string): boolean {
  const path = new RegExp(`spec\\.${field.replaceAll(".", "\\.").replaceAll("[]", "\\[[^\\]]*\\]")}`);
  const [, missing] = /required property '(\w+)'/.exec(message) ?? [];
  return path.test(message) || (missing !== undefined && field.endsWith(missing));
}

/** Paths of the fields of a schema. */
function fieldsOf(schema: unknown, path: string): readonly string[] {
  const properties = valueAt(schema, "properties");
  if (!isJsonObject(properties)) {
    return [];
  }
  return Object.entries(properties).flatMap(([name, property]) => {
    const field = path === "" ? name : `${path}.${name}`;
    return [field, ...fieldsOf(property, field), ...fieldsOf(valueAt(property, "items"), `${field}[]`)];
  });
}

function shortOf(spec: Bad[0]): string {
  return JSON.stringify(spec).slice(0, 80);
}
