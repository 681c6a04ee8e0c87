import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Answer, ContractClient } from "./contract-client.ts";
import { createNamespace } from "./things.ts";
import type { Topic } from "./topic.ts";

const CONTENT_TYPE = "application/vnd.kubernetes.protobuf";
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A message of Protobuf whose bytes, and whose length, are all less than 128 unless they are those of a text. */
function message(...fields: readonly (readonly [number: number, value: string | number])[]): string {
  return fields
    .map(([number, value]) => tag(number, value) + (typeof value === "number" ? byte(value) : value))
    .join("");
}

function tag(number: number, value: string | number): string {
  return typeof value === "number"
    ? byte(number * 8 + VARINT)
    : byte(number * 8 + LENGTH_DELIMITED) + byte(Buffer.byteLength(value));
}

function byte(value: number): string {
  assert.ok(value < 128, `expected less than 128, found ${value}`);
  return String.fromCharCode(value);
}

function enveloped(apiVersion: string, kind: string, object: string): string {
  return `k8s\0${message([1, message([1, apiVersion], [2, kind])], [2, object], [3, ""], [4, ""])}`;
}

function create(client: ContractClient, path: string, body: string): Promise<Answer> {
  return client.call("POST", path, { body, contentType: CONTENT_TYPE });
}

export const protobuf: Topic = (client) => {
  describe("objects in Protobuf, as kubectl creates those of built-in kinds", () => {
    before(() => createNamespace(client(), "protobuf"));

    it("are created: a Secret", async () => {
      const metadata = message(
        [1, "own"],
        [2, ""],
        [11, message([1, "a"], [2, "b"])],
        [11, message([1, "c"], [2, ""])],
      );
      const secret = message([1, metadata], [2, message([1, "user"], [2, "grün"])], [3, "example.org/type"]);

      const { status, body } = await create(
        client(),
        "/api/v1/namespaces/protobuf/secrets",
        enveloped("v1", "Secret", secret),
      );

      assert.equal(status, 201);
      assert.equal(body["type"], "example.org/type");
      assert.deepEqual(body["data"], { user: Buffer.from("grün").toString("base64") });
      assert.deepEqual(body.metadata?.labels, { a: "b", c: "" });
      assert.equal(body.metadata.name, "own");
    });

    it("are created: a RoleBinding", async () => {
      const subject = message([1, "Group"], [2, "rbac.authorization.k8s.io"], [3, "g"], [4, ""]);
      const role = message([1, "rbac.authorization.k8s.io"], [2, "ClusterRole"], [3, "view"]);
      const binding = message([1, message([1, "b"])], [2, subject], [3, role]);
      const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/protobuf/rolebindings";

      const { status, body } = await create(
        client(),
        path,
        enveloped("rbac.authorization.k8s.io/v1", "RoleBinding", binding),
      );

      assert.equal(status, 201);
      assert.deepEqual(body["subjects"], [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "g" }]);
      assert.deepEqual(body["roleRef"], { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" });
    });

    it("are answered: a SelfSubjectAccessReview", async () => {
      const attributes = message([1, "protobuf"], [2, "create"], [3, ""], [5, "secrets"]);
      const review = message([1, ""], [2, message([1, attributes])]);
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      const body = enveloped("authorization.k8s.io/v1", "SelfSubjectAccessReview", review);

      const answer = await create(client(), path, body);

      assert.equal(answer.status, 201);
      assert.equal((answer.body.status as { allowed?: boolean }).allowed, true);
    });
  });
};
