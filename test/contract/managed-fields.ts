import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = things("managed");

/** The entries without their times, which differ from run to run. */
function entries({ metadata }: Body): object[] {
  return (metadata?.managedFields ?? []).map(({ time: _time, ...rest }) => rest);
}

function entry(manager: string, operation: string, fieldsV1: object, subresource?: string): object {
  const apiVersion = "contract.example.org/v1";
  return {
    manager,
    operation,
    apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(subresource !== undefined && { subresource }),
  };
}

async function created(client: ContractClient, collection: string, body: Body): Promise<unknown> {
  const answer = await client.post(`${collection}?fieldManager=editor`, body);
  return answer.body.metadata?.managedFields?.[0]?.["fieldsV1"];
}

export const managedFields: Topic = (client) => {
  describe("managed fields", () => {
    before(() => createNamespace(client(), "managed"));

    it("record what an applier applied", async () => {
      const wish = thing(
        "applied",
        {
          tags: ["a"],
          parts: [{ name: "x", note: "n" }],
          words: ["w"],
          free: { any: { deep: 1 } },
          labels: { l: "1" },
        },
        { labels: { l: "1" } },
      );

      const { body } = await client().apply(`${path}/applied?fieldManager=me`, wish);

      assert.deepEqual(entries(body), [
        entry("me", "Apply", {
          "f:metadata": { "f:labels": { "f:l": {} } },
          "f:spec": {
            "f:free": { "f:any": { ".": {}, "f:deep": {} } },
            "f:labels": { "f:l": {} },
            "f:mode": {},
            "f:parts": { 'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:note": {} } },
            "f:tags": { 'v:"a"': {} },
            "f:words": {},
          },
        }),
      ]);
    });

    it("record what a create sets, defaults included", async () => {
      const { body } = await client().post(
        `${path}?fieldManager=editor`,
        thing("created", { tags: ["a"] }, { labels: { l: "1" } }),
      );

      assert.deepEqual(entries(body), [
        entry("editor", "Update", {
          "f:metadata": { "f:labels": { ".": {}, "f:l": {} } },
          "f:spec": { ".": {}, "f:mode": {}, "f:size": {}, "f:tags": { ".": {}, 'v:"a"': {} } },
        }),
      ]);
    });

    it("move from an applier to whoever changes a value", async () => {
      await client().apply(`${path}/moved?fieldManager=me`, thing("moved", { version: "v1" }));

      const { body } = await client().call("PATCH", `${path}/moved?fieldManager=editor`, {
        body: { spec: { version: "v2" } },
        contentType: "application/merge-patch+json",
      });

      assert.deepEqual(entries(body), [
        entry("me", "Apply", { "f:spec": { "f:mode": {} } }),
        entry("editor", "Update", { "f:spec": { "f:version": {} } }),
      ]);
    });

    it("are shared between appliers of the same value", async () => {
      await client().apply(`${path}/shared?fieldManager=me`, thing("shared", { version: "v1" }));

      const { body } = await client().apply(`${path}/shared?fieldManager=you`, thing("shared", { version: "v1" }));

      const fields = { "f:spec": { "f:mode": {}, "f:version": {} } };
      assert.deepEqual(
        entries(body).toSorted((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right))),
        [entry("me", "Apply", fields), entry("you", "Apply", fields)],
      );
    });

    it("keep the status apart", async () => {
      await client().post(`${path}?fieldManager=editor`, thing("status", { mode: "auto" }));

      const { body } = await client().call("PATCH", `${path}/status/status?fieldManager=editor`, {
        body: { status: { phase: "Ready", conditions: [{ type: "Ready", status: "True" }] } },
        contentType: "application/merge-patch+json",
      });

      assert.deepEqual(
        entries(body)[1],
        entry(
          "editor",
          "Update",
          {
            "f:status": {
              ".": {},
              "f:conditions": { ".": {}, 'k:{"type":"Ready"}': { ".": {}, "f:status": {}, "f:type": {} } },
              "f:phase": {},
            },
          },
          "status",
        ),
      );
    });

    it("begin with the first apply when there were none", async () => {
      await client().post(`${path}?fieldManager=editor`, thing("reset", { version: "v1" }));
      const reset = await client().json(`${path}/reset`, [
        { op: "replace", path: "/metadata/managedFields", value: [{}] },
      ]);
      assert.equal(reset.body.metadata?.managedFields, undefined);

      const { body } = await client().apply(`${path}/reset?fieldManager=me`, thing("reset"));

      assert.deepEqual(
        entries(body).map((one) => (one as { manager: string }).manager),
        ["me", "before-first-apply"],
      );
    });

    it("record built-ins as their Go types are written", async () => {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "managed-2", labels: { a: "1" } } };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "1" } };
      const role = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "r" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      };

      assert.deepEqual(await created(client(), "/api/v1/namespaces", namespace), {
        "f:metadata": { "f:labels": { ".": {}, "f:a": {}, "f:kubernetes.io/metadata.name": {} } },
      });
      assert.deepEqual(await created(client(), configMaps("managed"), configMap("m", { a: "1" })), {
        "f:data": { ".": {}, "f:a": {} },
      });
      assert.deepEqual(await created(client(), "/api/v1/namespaces/managed/secrets", secret), {
        "f:data": { ".": {}, "f:a": {} },
        "f:type": {},
      });
      assert.deepEqual(await created(client(), "/apis/rbac.authorization.k8s.io/v1/namespaces/managed/roles", role), {
        "f:rules": {},
      });
    });

    it("follow containers by their names", async () => {
      const deployments = "/apis/apps/v1/namespaces/managed/deployments";
      const labels = { app: "d" };
      const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "d" },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: "c", image: "i", env: [{ name: "E", value: "1" }] }] },
          },
        },
      };

      const { body } = await client().apply(`${deployments}/d?fieldManager=me`, deployment);

      assert.deepEqual(body.metadata?.managedFields?.[0]?.["fieldsV1"], {
        "f:spec": {
          "f:selector": {},
          "f:template": {
            "f:metadata": { "f:labels": { "f:app": {} } },
            "f:spec": {
              "f:containers": {
                'k:{"name":"c"}': {
                  ".": {},
                  "f:env": { 'k:{"name":"E"}': { ".": {}, "f:name": {}, "f:value": {} } },
                  "f:image": {},
                  "f:name": {},
                },
              },
            },
          },
        },
      });
      const again = await client().apply(`${deployments}/d?fieldManager=me`, deployment);
      assert.equal(again.body.metadata?.resourceVersion, body.metadata.resourceVersion);
    });
  });
};
