import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { valueAt } from "../../sim/value-at.ts";
import { awaitFullPass } from "../support/await-full-pass.ts";
import { awaitPresent } from "../support/await-object.ts";
import { install } from "../support/install.ts";
import { ref } from "../support/kinds.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import { startRunningWorld, type World } from "../support/world.ts";

const CONFIG = ref("providerConfig", "ocm");

/** Integers that no double holds, and characters that what is applied can only have escaped. */
const EXACT = {
  id: 9007199254740993n,
  negative: -9007199254740993n,
  largest: 9223372036854775807n,
  list: [9007199254740993n, { below: -9223372036854775808n }],
  double: 0.1,
  beyond: 18446744073709552000,
  next: "a \u0085 b \u2028 c \u2029 d",
  control: "\u007f\u0080\u009f\ufeff\ufffe\uffff",
  "key\u007f": "\u{1f600}",
  none: null,
};

describe("values", () => {
  let world: World;
  let refs: TenantRefs;
  before(async () => {
    world = await startRunningWorld({ pollInterval: "1h", values: { exact: EXACT } });
    refs = refsOf(await install(world, { name: "mcp-01", namespace: "project-x--ws-y" }));
  });
  after(() => world.stop());

  const exactValues = async (): Promise<unknown> =>
    valueAt(await world.platform.get(refs.release), "spec", "values", "exact");

  it("reach the HelmRelease digit for digit and character for character", async () => {
    assert.deepEqual(await exactValues(), EXACT);
  });

  it("are written once", async () => {
    const { metadata } = await world.platform.get(refs.release);

    await awaitFullPass(world.onboarding, refs.ocm);

    const later = await world.platform.get(refs.release);
    assert.equal(later.metadata.generation, metadata.generation);
    assert.deepEqual(later.metadata.managedFields, metadata.managedFields);
  });

  it("are written again when only the last digit is another one", async () => {
    await world.platform.patchMerge(CONFIG, { spec: { values: { exact: { id: 9007199254740995n } } } });

    await awaitPresent(world.platform, refs.release, (release) => idIn(release) === 9007199254740995n, {
      what: "the release has the new last digit",
    });
    assert.deepEqual(await exactValues(), { ...EXACT, id: 9007199254740995n });
  });

  it("of a version are laid over the common ones digit for digit", async () => {
    const [version = ""] = world.ground.charts.versions;
    const values = { exact: { id: 9007199254740997n, list: [9223372036854775806n] } };
    await world.platform.patchMerge(CONFIG, { spec: { versions: [{ version, values }] } });

    await awaitPresent(world.platform, refs.release, (release) => idIn(release) === 9007199254740997n, {
      what: "the release has the values of its version",
    });
    assert.deepEqual(await exactValues(), { ...EXACT, ...values.exact });
  });
});

function idIn(release: unknown): unknown {
  return valueAt(release, "spec", "values", "exact", "id");
}
