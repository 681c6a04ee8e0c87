import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("selectors");
const OWNER = "example.com/owner";

export const selectors: Topic = (client) => {
  describe("selectors", () => {
    before(async () => {
      await createNamespace(client(), "selectors");
      await client().post(
        path,
        configMap("a", {}, { labels: { env: "dev", tier: "web", [OWNER]: "three.example.com" } }),
      );
      await client().post(path, configMap("b", {}, { labels: { env: "prod", [OWNER]: "two.example.com" } }));
      await client().post(
        path,
        configMap("c", {}, { labels: { env: "test", tier: "db", [OWNER]: "one.example.com" } }),
      );
      await client().post(things("selectors"), thing("auto", { mode: "auto" }));
      await client().post(things("selectors"), thing("manual", { mode: "manual", version: "v1" }));
    });

    const byLabel: readonly (readonly [selector: string, names: readonly string[]])[] = [
      ["env=dev", ["a"]],
      ["env==dev", ["a"]],
      ["env!=dev,tier", ["c"]],
      ["env in (dev, prod)", ["a", "b"]],
      ["env in (dev,prod)", ["a", "b"]],
      ["env in (dev)", ["a"]],
      ["tier in (web,db),env notin (dev)", ["c"]],
      ["env notin (dev),env", ["b", "c"]],
      ["tier notin (web)", ["b", "c"]],
      [`${OWNER} in (one.example.com,two.example.com)`, ["b", "c"]],
      ["env,!tier", ["b"]],
      ["env=dev,tier=db", []],
    ];
    for (const [selector, names] of byLabel) {
      it(`pick objects by the labels ${selector}`, async () => {
        const { body } = await client().get(`${path}?labelSelector=${encodeURIComponent(selector)}`);

        assert.deepEqual(
          body.items?.map(({ metadata }) => metadata?.name),
          names,
        );
      });
    }

    it("pick objects by name", async () => {
      const { body } = await client().get(`${path}?fieldSelector=metadata.name%3Da`);
      assert.deepEqual(
        body.items?.map(({ metadata }) => metadata?.name),
        ["a"],
      );

      const others = await client().get(`${path}?labelSelector=env&fieldSelector=metadata.name!%3Da`);
      assert.deepEqual(
        others.body.items?.map(({ metadata }) => metadata?.name),
        ["b", "c"],
      );
    });

    it("pick custom resources by the fields their CRD names", async () => {
      const { body } = await client().get(`${things("selectors")}?fieldSelector=spec.mode%3Dmanual`);

      assert.deepEqual(
        body.items?.map(({ metadata }) => metadata?.name),
        ["manual"],
      );
    });

    it("are refused for fields that cannot be selected by", async () => {
      assertRefused(
        await client().get(`${path}?fieldSelector=spec.x%3D1`),
        400,
        "BadRequest",
        '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
      );
      assertRefused(
        await client().get(`${things("selectors")}?fieldSelector=spec.x%3D1`),
        400,
        "BadRequest",
        "field label not supported: spec.x",
      );
    });

    it("are refused when nobody can read them", async () => {
      const { status, body } = await client().get(`${path}?labelSelector=${encodeURIComponent("a in b")}`);

      assert.equal(status, 400);
      assert.match(String(body.message), /^unable to parse requirement: /u);
    });
  });
};
