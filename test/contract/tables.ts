import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

type Table = {
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: Body }[];
};

async function table(client: ContractClient, path: string): Promise<Table> {
  const { body } = await client.get(path, TABLE);
  assert.deepEqual([body.kind, body.apiVersion], ["Table", "meta.k8s.io/v1"]);
  assert.match(String(body.metadata?.resourceVersion), /^\d+$/u);
  return body as unknown as Table;
}

function columns({ columnDefinitions }: Table): unknown[] {
  return columnDefinitions.map(({ name, type, priority }) => [name, type, priority]);
}

export const tables: Topic = (client) => {
  describe("tables", () => {
    before(() => createNamespace(client(), "tables"));

    it("show the columns of a CRD", async () => {
      await client().post(things("tables"), thing("a"));
      await client().merge(`${things("tables")}/a/status`, {
        status: { conditions: [{ type: "Ready", status: "True" }] },
      });

      const shown = await table(client(), things("tables"));

      assert.deepEqual(columns(shown), [
        ["Name", "string", 0],
        ["Mode", "string", 0],
        ["Ready", "string", 0],
        ["Size", "integer", 1],
        ["Age", "date", 0],
      ]);
      assert.deepEqual(shown.rows[0]?.cells.slice(0, 4), ["a", "auto", "True", 3]);
      assert.match(String(shown.rows[0].cells[4]), /^\d+s$/u);
      assert.equal(shown.rows[0].object.kind, "PartialObjectMetadata");
      assert.equal(shown.rows[0].object.spec, undefined);
    });

    it("show one object as well", async () => {
      await client().post(configMaps("tables"), configMap("one", { a: "1", b: "2" }));

      const shown = await table(client(), `${configMaps("tables")}/one`);

      assert.deepEqual(columns(shown), [
        ["Name", "string", 0],
        ["Data", "string", 0],
        ["Age", "string", 0],
      ]);
      assert.deepEqual(shown.rows[0]?.cells.slice(0, 2), ["one", 2]);
    });

    const builtins: readonly (readonly [path: string, names: readonly string[]])[] = [
      ["/api/v1/namespaces", ["Name", "Status", "Age"]],
      ["/api/v1/namespaces/tables/secrets", ["Name", "Type", "Data", "Age"]],
      ["/api/v1/namespaces/tables/serviceaccounts", ["Name", "Age"]],
      [
        "/api/v1/namespaces/tables/events",
        ["Last Seen", "Type", "Reason", "Object", "Subobject", "Source", "Message", "First Seen", "Count", "Name"],
      ],
      [
        "/apis/apps/v1/namespaces/tables/deployments",
        ["Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector"],
      ],
      ["/apis/coordination.k8s.io/v1/namespaces/tables/leases", ["Name", "Holder", "Age"]],
      ["/apis/networking.k8s.io/v1/namespaces/tables/networkpolicies", ["Name", "Pod-Selector", "Age"]],
      [
        "/apis/policy/v1/namespaces/tables/poddisruptionbudgets",
        ["Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age"],
      ],
      ["/apis/rbac.authorization.k8s.io/v1/namespaces/tables/roles", ["Name", "Created At"]],
      [
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        ["Name", "Role", "Age", "Users", "Groups", "ServiceAccounts"],
      ],
      ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ["Name", "Created At"]],
    ];
    for (const [path, names] of builtins) {
      it(`show ${path.split("/").at(-1)} as kubectl does`, async () => {
        const { columnDefinitions } = await table(client(), path);

        assert.deepEqual(
          columnDefinitions.map(({ name }) => name),
          names,
        );
      });
    }
  });
};
