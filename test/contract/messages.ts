import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { storedMessage } from "../../src/runtime/stored-message.ts";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { createNamespace, thing, things } from "./things.ts";

const path = things("messages");
const EMOJI = "\u{1F600}";
const LIMIT = 8;

const TEXTS = [
  `${"x".repeat(57)}${EMOJI} tail that is longer than the limit`,
  EMOJI.repeat(20),
  `${EMOJI.charAt(0)} half a character, and ${EMOJI.charAt(1)}`,
  "several\nlines\tand \u0000 control\u0007 characters",
  '<&> \u2028 é e\u0301 \ufffd \ufffe "quoted" \\ back',
];

export const messages: Topic = (client) => {
  describe("messages", () => {
    before(() => createNamespace(client(), "messages"));

    for (const [index, text] of TEXTS.entries()) {
      it(`are stored as they are written: ${JSON.stringify(text)}`, async () => {
        const message = storedMessage(text, 64);
        await client().post(path, thing(`stored-${index}`));
        const write = (): ReturnType<ReturnType<typeof client>["merge"]> =>
          client().merge(`${path}/stored-${index}/status`, { status: { phase: message } });

        const first = await write();
        const second = await write();

        assertOK(second);
        assert.deepEqual(first.body.status, { phase: message });
        assert.equal(second.body.metadata?.resourceVersion, first.body.metadata?.resourceVersion);
      });
    }

    it("are measured in characters by a schema, of which there are never more than bytes", async () => {
      await client().post(path, thing("long"));
      const write = (message: string): ReturnType<ReturnType<typeof client>["merge"]> =>
        client().merge(`${path}/long/status`, { status: { conditions: [{ type: "Ready", message }] } });

      assertOK(await write(EMOJI.repeat(LIMIT)));
      const { status } = await write("x".repeat(LIMIT + 1));

      assert.equal(status, 422);
    });
  });
};
