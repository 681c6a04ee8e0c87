import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, things } from "./things.ts";
import type { Topic } from "./topic.ts";

const path = things("texts");

const HALVES: readonly (readonly [sent: string, stored: string])[] = [
  ["\\ud800", "\ufffd"],
  ["a\\udc00b", "a\ufffdb"],
  ["\\ud800\\ud800", "\ufffd\ufffd"],
  ["\\ud83dx\\ude00", "\ufffdx\ufffd"],
  ["\\ud800\\ud83d\\ude00", "\ufffd\ud83d\ude00"],
  ["\\ud83d\\ude00", "\ud83d\ude00"],
  ["\\\\ud800", "\\ud800"],
];

const YAML = "error decoding YAML: error converting YAML to JSON: yaml: ";

export const texts: Topic = (client) => {
  describe("texts", () => {
    before(() => createNamespace(client(), "texts"));

    for (const [index, [sent, stored]] of HALVES.entries()) {
      it(`have U+FFFD for half a surrogate pair: ${sent}`, async () => {
        const { body } = await client().post(path, thing(`half-${index}`, sent));

        assert.deepEqual(body.spec?.["free"], { [stored]: stored });
      });
    }

    it("have U+FFFD in objects of the server's own kinds too", async () => {
      const { body } = await client().post(configMaps("texts"), configMap("half", { a: "x\ud800" }));

      assert.deepEqual(body["data"], { a: "x\ufffd" });
    });

    for (const sent of ["\\ud800", "\\ud83d\\ude00"]) {
      it(`are refused if half a pair is escaped in what is applied: ${sent}`, async () => {
        const answer = await client().apply(`${path}/escaped?fieldManager=me`, thing("escaped", sent));

        assertRefused(answer, 400, "BadRequest", `${YAML}found invalid Unicode character escape code`);
      });
    }

    for (const code of [0x7f, 0x80, 0x9f, 0xfffe, 0xffff]) {
      it(`are refused with this in what is applied, but not with its escape: U+${code.toString(16)}`, async () => {
        const character = String.fromCharCode(code);
        const name = `control-${code}`;
        const apply = (text: string): ReturnType<ReturnType<typeof client>["apply"]> =>
          client().apply(`${path}/${name}?fieldManager=me`, thing(name, text));

        assertRefused(await apply(character), 400, "BadRequest", `${YAML}control characters are not allowed`);
        const { body } = await apply(`\\u${code.toString(16).padStart(4, "0")}`);
        assert.deepEqual(body.spec?.["free"], { [character]: character });
      });
    }

    for (const [code, folded] of [
      [0x85, "a b"],
      [0x2028, "a\u2028b"],
      [0x2029, "a\u2029b"],
    ] as const) {
      it(`are folded at this line break of YAML in what is applied: U+${code.toString(16)}`, async () => {
        const text = `a ${String.fromCharCode(code)} b`;

        const { body } = await client().apply(
          `${path}/line-${code}?fieldManager=me`,
          thing(`line-${code}`, text, "text"),
        );

        assert.deepEqual(body.spec?.["free"], { text: folded });
      });
    }
  });
};

/** The text of a thing; `text` as JSON writes it. */
function thing(name: string, text: string, key: string = text): string {
  return `{"apiVersion":"contract.example.org/v1","kind":"Thing","metadata":{"name":"${name}"},"spec":{"mode":"auto","free":{"${key}":"${text}"}}}`;
}
