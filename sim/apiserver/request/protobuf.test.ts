import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SimRequest } from "../../transport.ts";
import { withJsonBody } from "./protobuf.ts";

const TYPE = "application/vnd.kubernetes.protobuf";
/** The envelope around `{"metadata":{"name":"a"}}` of a kind in `v1`. */
const NAMED = "\u0012\u0005\n\u0003\n\u0001a";

function sent(kind: string, contentType: string): SimRequest {
  const typeMeta = `\n\u0002v1\u0012${String.fromCodePoint(kind.length)}${kind}`;
  const body = `k8s\0\n${String.fromCodePoint(typeMeta.length)}${typeMeta}${NAMED}`;
  const { signal } = new AbortController();
  return { method: "POST", path: "/", headers: { "content-type": contentType }, body, signal };
}

describe("a body in Protobuf", () => {
  it("becomes JSON", () => {
    const { headers, body = "" } = withJsonBody(sent("Namespace", TYPE));

    assert.deepEqual(headers, { "content-type": "application/json" });
    assert.deepEqual(JSON.parse(body), { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } });
  });

  it("stays as it is when the kind is not known, or when it is not said to be Protobuf", () => {
    for (const request of [sent("Node", TYPE), sent("Namespace", "application/json")]) {
      assert.equal(withJsonBody(request), request);
    }
  });
});
