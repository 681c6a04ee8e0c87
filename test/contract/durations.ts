import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertOK } from "./refused.ts";
import { createNamespace, thing, things } from "./things.ts";
import type { Topic } from "./topic.ts";

const path = things("durations");

const GO_TAKES = ["720h", "2562047h47m16.854775807s", "9223372036854775807ns", "1.5h", "1h2m3.5s", "2000ms", "+5s"];
const GO_REFUSES = ["2562047h47m16.854775808s", "2562048h", "99999999999999999999h", "1d", "1 h", "soon"];

export const durations: Topic = (client) => {
  describe("durations", () => {
    before(() => createNamespace(client(), "durations"));

    it("of a rule are those that Go takes", async () => {
      for (const [index, every] of GO_TAKES.entries()) {
        assertOK(await client().post(path, thing(`taken-${index}`, { every })), 201);
      }
    });

    for (const every of GO_REFUSES) {
      it(`of a rule are not those that Go refuses: ${every}`, async () => {
        const { status, body } = await client().post(path, thing("refused", { every }));

        const why = "type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: at least 1s";
        const error = `spec.every: Invalid value: "string": ${why}`;
        assert.deepEqual([status, body.message], [422, `Thing.contract.example.org "refused" is invalid: ${error}`]);
      });
    }

    it("of the format may be longer, have blanks, days and weeks", async () => {
      for (const [index, pause] of [
        ...GO_TAKES,
        "2562048h",
        "15251w",
        "1 day",
        "1h 30m",
        ".5s",
        "0",
        "-1h",
      ].entries()) {
        assertOK(await client().post(path, thing(`paused-${index}`, { pause })), 201);
      }
    });

    for (const pause of ["", "soon", "9223372036854775808ns", "99999999999999999999h"]) {
      it(`of the format have a unit, and numbers of 64 bits: "${pause}"`, async () => {
        const { status, body } = await client().post(path, thing("not-paused", { pause }));

        assert.equal(status, 422);
        const error = `spec.pause: Invalid value: "${pause}": spec.pause in body must be of type duration: "${pause}"`;
        assert.ok(String(body.message).includes(error), String(body.message));
      });
    }
  });
};
