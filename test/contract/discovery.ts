import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Topic } from "./topic.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const GROUP = "contract.example.org";

type Discovered = { readonly metadata: { readonly name?: string }; readonly versions: readonly object[] };

export const discovery: Topic = (client) => {
  describe("discovery", () => {
    const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    it("lists the resources of a CRD with their subresources", async () => {
      const { body } = await client().get(`/apis/${GROUP}/v1`);

      const [thing, status] = body["resources"] as { verbs: string[]; storageVersionHash?: string }[];
      const { storageVersionHash: _hash, ...shown } = { ...thing, verbs: thing?.verbs.toSorted() };
      assert.deepEqual(shown, {
        name: "things",
        singularName: "thing",
        namespaced: true,
        kind: "Thing",
        verbs,
        shortNames: ["th"],
        categories: ["all"],
      });
      assert.deepEqual(status, {
        name: "things/status",
        singularName: "",
        namespaced: true,
        kind: "Thing",
        verbs: ["get", "patch", "update"],
      });
    });

    it("describes a group", async () => {
      const { body } = await client().get(`/apis/${GROUP}`);
      const version = { groupVersion: `${GROUP}/v1`, version: "v1" };

      assert.deepEqual(body, {
        kind: "APIGroup",
        apiVersion: "v1",
        name: GROUP,
        versions: [version],
        preferredVersion: version,
      });
    });

    it("lists all groups", async () => {
      const { body } = await client().get("/apis");
      const names = (body["groups"] as { name: string }[]).map(({ name }) => name);

      for (const name of ["apps", "batch", "rbac.authorization.k8s.io", "apiextensions.k8s.io", GROUP]) {
        assert.ok(names.includes(name), name);
      }
      assert.deepEqual((await client().get("/api")).body["versions"], ["v1"]);
    });

    it("says everything at once to those who ask", async () => {
      const { body, headers } = await client().get("/apis", AGGREGATED);

      assert.equal(headers["content-type"], AGGREGATED);
      assert.equal(body.kind, "APIGroupDiscoveryList");
      const group = (body.items as unknown as Discovered[]).find(({ metadata }) => metadata.name === GROUP);
      const kind = { group: GROUP, version: "v1", kind: "Thing" };
      const [version] = (group?.versions ?? []) as { resources: { verbs: string[] }[] }[];
      assert.deepEqual(
        version?.resources.map((one) => ({ ...one, verbs: one.verbs.toSorted() })),
        [
          {
            resource: "things",
            responseKind: kind,
            scope: "Namespaced",
            singularResource: "thing",
            verbs,
            shortNames: ["th"],
            categories: ["all"],
            subresources: [{ subresource: "status", responseKind: kind, verbs: ["get", "patch", "update"] }],
          },
        ],
      );
    });

    it("describes the secrets of the core API", async () => {
      const { body } = await client().get("/api/v1");
      const secrets = (body["resources"] as { name: string; verbs: string[] }[]).find(({ name }) => name === "secrets");

      assert.deepEqual(secrets?.verbs, verbs);
      assert.equal(body["groupVersion"], "v1");
    });

    it("describes network policies, for which nothing has a status", async () => {
      const { body } = await client().get("/apis/networking.k8s.io/v1");
      const described = body["resources"] as { name: string; verbs: string[]; shortNames?: string[] }[];
      const policies = described.filter(({ name }) => name.startsWith("networkpolicies"));

      assert.deepEqual(
        policies.map(({ name, shortNames }) => ({ name, shortNames })),
        [{ name: "networkpolicies", shortNames: ["netpol"] }],
      );
      assert.deepEqual(policies[0]?.verbs, verbs);
    });

    it("publishes the schema of a CRD", async () => {
      const index = await client().get("/openapi/v3");
      const { serverRelativeURL } = (index.body["paths"] as Record<string, { serverRelativeURL: string }>)[
        `apis/${GROUP}/v1`
      ] ?? { serverRelativeURL: "" };

      const { body } = await client().get(serverRelativeURL);

      const { schemas } = body["components"] as {
        schemas: Record<string, { description?: string; properties?: { spec?: { required?: string[] } } }>;
      };
      const thing = schemas["org.example.contract.v1.Thing"];
      assert.equal(thing?.description, "A thing of the contract");
      assert.deepEqual(thing.properties?.spec?.required, ["mode"]);
    });
  });
};
