import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tenantPlaces } from "./tenants.ts";

describe("tenantPlaces", () => {
  it("gives the first tenant a workspace of its own", () => {
    const places = tenantPlaces(3);

    assert.deepEqual(
      places.map(({ name }) => name),
      ["mcp-000000", "mcp-000001", "mcp-000002"],
    );
    assert.equal(places.filter(({ workspace }) => workspace === places[0].workspace).length, 1);
  });

  it("spreads mute control planes evenly, and never begins with one", () => {
    const places = tenantPlaces(100, { mutePercent: 10, noisy: false });

    assert.equal(places[0].trouble, undefined);
    assert.deepEqual(
      places.flatMap(({ trouble }, index) => (trouble === "mute" ? [index] : [])),
      [10, 20, 30, 40, 50, 60, 70, 80, 90],
    );
  });

  it("has one noisy tenant, the last", () => {
    const places = tenantPlaces(10, { mutePercent: 0, noisy: true });

    assert.deepEqual(
      places.map(({ trouble }) => trouble ?? "none"),
      [...Array.from({ length: 9 }, () => "none"), "noisy"],
    );
  });
});
