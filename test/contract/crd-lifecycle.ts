import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { installCRD } from "./things.ts";
import { ask, waitFor } from "./wait.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GROUP = "lifecycle.example.org";

function crd(plural: string, kind: string): Body {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

/** The kind Relic in another group, in these versions. */
function relics(group: string, ...names: readonly string[]): Body {
  const { spec } = crd("relics", "Relic");
  const schema = { openAPIV3Schema: { type: "object" } };
  const versions = names.map((name, index) => ({ name, served: true, storage: index === 0, schema }));
  return { ...crd("relics", "Relic"), metadata: { name: `relics.${group}` }, spec: { ...spec, group, versions } };
}

function objectNamedA(kind: string, finalizers: readonly string[] = []): Body {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { name: "a", finalizers } };
}

function versionsOf(group: Body): readonly string[] {
  return ((group["versions"] ?? []) as { version: string }[]).map(({ version }) => version);
}

type Discovered = {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: string[];
};

function resourcesIn(list: Body): readonly Discovered[] {
  return (list["resources"] ?? []) as Discovered[];
}

function kindsIn(list: Body): readonly string[] {
  return resourcesIn(list).map(({ kind, namespaced }) => `${kind} ${String(namespaced)}`);
}

function verbsOf(list: Body, plural: string): readonly string[] {
  return (
    resourcesIn(list)
      .find(({ name }) => name === plural)
      ?.verbs.toSorted() ?? []
  );
}

function conditions({ status }: Body): readonly (readonly [type: string, status: string, reason: string])[] {
  const { conditions: all } = status as { conditions: { type: string; status: string; reason: string }[] | null };
  return (all ?? [])
    .map(({ type, status: value, reason }) => [type, value, reason] as const)
    .toSorted(([left], [right]) => left.localeCompare(right));
}

export const crdLifecycle: Topic = (client) => {
  describe("a CRD", () => {
    it("gets names and conditions, and is served once it is established", async () => {
      await installCRD(client(), crd("gadgets", "Gadget"), `/apis/${GROUP}/v1/gadgets`);

      const { body } = await client().get(`${CRDS}/gadgets.${GROUP}`);

      assert.deepEqual(conditions(body), [
        ["Established", "True", "InitialNamesAccepted"],
        ["NamesAccepted", "True", "NoConflicts"],
      ]);
      const { acceptedNames, storedVersions } = body.status as { acceptedNames: object; storedVersions: string[] };
      const names = { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" };
      assert.deepEqual(acceptedNames, names);
      assert.deepEqual(body.spec?.["names"], names);
      assert.deepEqual(storedVersions, ["v1"]);
      assert.deepEqual(body.spec["conversion"], { strategy: "None" });
      assert.equal(body.metadata?.generation, 1);
    });

    it("takes its objects along", async () => {
      const path = `/apis/${GROUP}/v1/widgets`;
      await installCRD(client(), crd("widgets", "Widget"), path);
      const widget = {
        apiVersion: `${GROUP}/v1`,
        kind: "Widget",
        metadata: { name: "a", finalizers: [`${GROUP}/hold`] },
      };
      assertOK(await client().post(path, widget), 201);

      const { body } = await client().delete(`${CRDS}/widgets.${GROUP}`);
      assert.deepEqual(body.metadata?.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
      await waitFor(client(), path, "a", (object) => object?.metadata?.deletionTimestamp !== undefined);
      assertOK(await client().merge(`${path}/a`, { metadata: { finalizers: null } }));

      await waitFor(client(), CRDS, `widgets.${GROUP}`, (object) => object === undefined);
      await ask(
        () => client().get(path),
        ({ status }) => status === 404,
      );
    });

    it("is discovered in every version that it serves, until it is gone", async () => {
      const [gone, both] = ["gone.example.org", "both.example.org"];
      const path = `/apis/${gone}/v1beta7/relics`;
      await installCRD(client(), relics(gone, "v1beta7"), path);
      await installCRD(client(), relics(both, "v1beta7", "v1"), `/apis/${both}/v1/relics`);

      const versions = await ask(
        async () => versionsOf((await client().get(`/apis/${both}`)).body),
        ({ length }) => length === 2,
      );
      assert.deepEqual(versions, ["v1", "v1beta7"]);
      for (const version of versions) {
        await ask(
          async () => kindsIn((await client().get(`/apis/${both}/${version}`)).body),
          (kinds) => kinds.includes("Relic false"),
        );
      }
      assertOK(await client().delete(`${CRDS}/relics.${gone}`));
      await ask(
        async () => [
          (await client().get(`/apis/${gone}`)).status,
          (await client().get(`/apis/${gone}/v1beta7`)).status,
        ],
        (codes) => codes.every((code) => code === 404),
      );
    });

    it("is discovered as long as an object keeps it, with what can still be done", async () => {
      const path = `/apis/${GROUP}/v1/tokens`;
      await installCRD(client(), crd("tokens", "Token"), path);
      assertOK(await client().post(path, objectNamedA("Token", [`${GROUP}/hold`])), 201);
      assertOK(await client().delete(`${CRDS}/tokens.${GROUP}`));

      const verbs = await ask(
        async () => verbsOf((await client().get(`/apis/${GROUP}/v1`)).body, "tokens"),
        (found) => !found.includes("create"),
      );

      assert.deepEqual(verbs, ["delete", "deletecollection", "get", "list", "watch"]);
      assertOK(await client().merge(`${path}/a`, { metadata: { finalizers: null } }));
      await waitFor(client(), CRDS, `tokens.${GROUP}`, (found) => found === undefined);
    });

    it("ends the watches of its objects when it goes", async () => {
      const path = `/apis/${GROUP}/v1/charms`;
      await installCRD(client(), crd("charms", "Charm"), path);
      const from = (await client().get(path)).body.metadata?.resourceVersion ?? "";
      assertOK(await client().post(path, objectNamedA("Charm")), 201);

      const seen: string[] = [];
      for await (const { type } of client().watch(`${path}?watch=true&resourceVersion=${from}`)) {
        seen.push(type);
        if (type === "ADDED") {
          assertOK(await client().delete(`${CRDS}/charms.${GROUP}`));
        }
      }

      assert.deepEqual([seen[0], seen.at(-1)], ["ADDED", "DELETED"]);
      await ask(
        async () => (await client().get(`${path}?watch=true&resourceVersion=${from}`)).status,
        (status) => status === 404,
      );
    });

    it("is named after its plural and group", async () => {
      const answer = await client().post(CRDS, { ...crd("gizmos", "Gizmo"), metadata: { name: "other.example.org" } });

      assert.equal(answer.status, 422);
      assert.match(
        String(answer.body.message),
        /metadata\.name: Invalid value: "other\.example\.org": must be spec\.names\.plural\+"\."\+spec\.group/u,
      );
    });

    it("cannot share its kind with another", async () => {
      await installCRD(client(), crd("firsts", "Taken"), `/apis/${GROUP}/v1/firsts`);
      assertOK(await client().post(CRDS, crd("seconds", "Taken")), 201);

      const second = await waitFor(client(), CRDS, `seconds.${GROUP}`, (object) =>
        conditions(object ?? { status: { conditions: [] } }).some(([type]) => type === "NamesAccepted"),
      );

      assert.deepEqual(conditions(second ?? {}), [
        ["Established", "False", "NotAccepted"],
        ["NamesAccepted", "False", "ListKindConflict"],
      ]);
    });

    it("is found and refused like any other object", async () => {
      const message = `customresourcedefinitions.apiextensions.k8s.io "nope.${GROUP}" not found`;
      assertRefused(await client().get(`${CRDS}/nope.${GROUP}`), 404, "NotFound", message);
    });
  });
};
