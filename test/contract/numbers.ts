import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Answer, ContractClient } from "./contract-client.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { createNamespace, things } from "./things.ts";
import type { Topic } from "./topic.ts";

const path = things("numbers");

// As sent, and as held: an integer of 64 bits exactly, everything else as a double.
const HELD: readonly (readonly [sent: string, held: string])[] = [
  ["9007199254740993", "9007199254740993"],
  ["-9007199254740993", "-9007199254740993"],
  ["9223372036854775807", "9223372036854775807"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["9223372036854775808", "9223372036854776000"],
  ["18446744073709551615", "18446744073709552000"],
  ["123456789012345678901234567890", "1.2345678901234568e+29"],
  ["9007199254740993.0", "9007199254740992"],
  ["1.0", "1"],
  ["-0.0", "0"],
  ["1e3", "1000"],
  ["1e21", "1e+21"],
  ["1e-7", "1e-7"],
  ["1.10", "1.1"],
];

export const numbers: Topic = (client) => {
  describe("numbers", () => {
    before(() => createNamespace(client(), "numbers"));

    for (const [index, [sent, held]] of HELD.entries()) {
      it(`are held exactly if 64 bits hold them as an integer, and as doubles otherwise: ${sent}`, async () => {
        const { text } = await created(client(), `held-${index}`, `{"x":[${sent}]}`);
        const applied = await client().apply(
          `${path}/held-${index}-applied?fieldManager=me`,
          thing(`held-${index}-applied`, free(`{"x":[${sent}]}`)),
        );

        assert.equal(digitsIn(text), held);
        assert.equal(digitsIn(applied.text), held);
        assert.equal(digitsIn((await client().get(`${path}/held-${index}`)).text), held);
      });
    }

    it("are held exactly while a status is written, and in a list", async () => {
      const { body } = await created(client(), "listed", '{"x":[9007199254740993]}');
      const patch = '{"status":{"phase":"a"},"spec":{"free":{"x":[1]}}}';

      assertOK(await merged(client(), "listed/status", patch));
      const list = await client().get(`${path}?fieldSelector=metadata.name=listed`);

      assert.equal(digitsIn(list.text), "9007199254740993");
      assert.equal(body.metadata?.generation, 1);
    });

    it("are told apart by their last digit", async () => {
      await created(client(), "digit", '{"x":[9007199254740993]}');

      const same = await merged(client(), "digit", '{"spec":{"free":{"x":[9007199254740993]}}}');
      const other = await merged(client(), "digit", '{"spec":{"free":{"x":[9007199254740992]}}}');

      assert.deepEqual([same.body.metadata?.generation, other.body.metadata?.generation], [1, 2]);
      assert.equal(digitsIn(other.text), "9007199254740992");
    });

    it("conflict with those of another applier unless every digit is the same", async () => {
      const apply = applyShared(client());
      assertOK(await apply("me", "9007199254740993"), 201);

      const answer = await apply("you", "9007199254740992");

      assertRefused(answer, 409, "Conflict", 'Apply failed with 1 conflict: conflict with "me": .spec.free.x');
      assertOK(await apply("you", "9007199254740993"));
    });

    it("of 64 bits are what JSON patches test and write", async () => {
      await created(client(), "patched", '{"x":9007199254740993}');
      const patch = (digits: string): Promise<Answer> =>
        client().json(
          `${path}/patched`,
          `[{"op":"test","path":"/spec/free/x","value":${digits}},{"op":"add","path":"/spec/free/x","value":[9007199254740995]}]`,
        );

      assert.equal((await patch("9007199254740992")).status, 422);
      assert.equal(digitsIn((await patch("9007199254740993")).text), "9007199254740995");
    });

    it("of 64 bits are checked as what they are", async () => {
      const { status, body } = await client().post(path, thing("odd", '"count":9007199254740993'));

      const error = "spec.count: Invalid value: 9007199254740993: spec.count in body should be a multiple of 2";
      assert.deepEqual([status, body.message], [422, `Thing.contract.example.org "odd" is invalid: ${error}`]);
      assertOK(await client().post(path, thing("even", '"count":9007199254740994')), 201);
      assertOK(await client().post(path, thing("set", '"ids":[9007199254740993,9007199254740992]')), 201);
    });

    for (const digits of ["9223372036854775808", "1.5"]) {
      it(`of another kind are no integers: ${digits}`, async () => {
        const { status, body } = await client().post(path, thing("none", `"ids":[${digits}]`));

        const field = "spec.ids[0]";
        assert.equal(status, 422);
        assert.deepEqual(
          body.details?.causes?.slice(0, 2).map(({ message }) => message),
          [
            `Invalid value: "number": ${field} in body must be of type integer: "number"`,
            `Invalid value: "": Checked value must be of type integer (default format) in ${field}`,
          ],
        );
      });
    }

    it("that no double holds are refused", async () => {
      const { status, body } = await client().post(path, thing("infinite", free('{"x":1e400}')));

      assert.equal(status, 400);
      assert.match(String(body.message), /json: cannot unmarshal number 1e400 into Go value of type float64$/u);
    });

    it("in YAML are held in the same way", async () => {
      const yaml = "apiVersion: contract.example.org/v1\nkind: Thing\nmetadata:\n  name: yaml\n";
      const spec =
        "spec:\n  mode: auto\n  free:\n    x: [9007199254740993]\n    hex: 0x10\n    thousand: 1_000\n    none: ~\n";

      const { text, body } = await client().apply(`${path}/yaml?fieldManager=me`, yaml + spec);

      assert.equal(digitsIn(text), "9007199254740993");
      assert.deepEqual(body.spec?.["free"], { x: [Number("9007199254740993")], hex: 16, thousand: 1000, none: null });
    });
  });
};

/** The text of a thing, which `JSON.stringify` would spoil. */
function thing(name: string, fields: string): string {
  return `{"apiVersion":"contract.example.org/v1","kind":"Thing","metadata":{"name":"${name}"},"spec":{"mode":"auto",${fields}}}`;
}

function free(json: string): string {
  return `"free":${json}`;
}

async function created(client: ContractClient, name: string, json: string): Promise<Answer> {
  const answer = await client.post(path, thing(name, free(json)));
  assertOK(answer, 201);
  return answer;
}

function merged(client: ContractClient, name: string, patch: string): Promise<Answer> {
  return client.merge(`${path}/${name}`, patch);
}

function applyShared(client: ContractClient): (manager: string, digits: string) => Promise<Answer> {
  return (manager, digits) =>
    client.apply(`${path}/shared?fieldManager=${manager}`, thing("shared", free(`{"x":${digits}}`)));
}

function digitsIn(text: string): string | undefined {
  return /"x":\[([^\]]*)\]/u.exec(text)?.[1];
}
