import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { UnreachableError } from "./errors.ts";
import { type ClosableTransport, fencedTransport, readOnlyTransport, type TransportRequest } from "./transport.ts";

describe("fencedTransport", () => {
  it("lets nothing but reads pass from the moment on that writing is over", async () => {
    const sent: string[] = [];
    const send = ({ method }: TransportRequest): ReturnType<ClosableTransport> => {
      sent.push(method);
      return Promise.resolve({ status: 200, headers: {}, body: (async function* () {})() });
    };
    let mayWrite = true;
    const transport = fencedTransport(Object.assign(send, { close: () => Promise.resolve() }), () => mayWrite);

    await transport(request("PATCH"));
    mayWrite = false;
    await transport(request("GET"));

    for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
      await assert.rejects(transport(request(method)), UnreachableError);
    }
    assert.deepEqual(sent, ["PATCH", "GET"]);
  });
});

describe("readOnlyTransport", () => {
  const sent: string[] = [];
  const send = ({ method, path }: TransportRequest): ReturnType<ClosableTransport> => {
    sent.push(`${method} ${path}`);
    return Promise.resolve({ status: 200, headers: {}, body: (async function* () {})() });
  };
  const transport = readOnlyTransport(Object.assign(send, { close: () => Promise.resolve() }));
  beforeEach(() => void (sent.length = 0));

  it("lets reads pass, and reviews of the own rights, which are posted", async () => {
    const reviews = [
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews?timeout=5s",
      "/apis/authentication.k8s.io/v1beta1/selfsubjectreviews",
    ];

    await transport(request("GET", "/api/v1/secrets?watch=true"));
    for (const path of reviews) {
      await transport(request("POST", path));
    }

    assert.deepEqual(sent, ["GET /api/v1/secrets?watch=true", ...reviews.map((path) => `POST ${path}`)]);
  });

  it("lets nothing else pass, a dry run neither", async () => {
    for (const [method, path] of [
      ["POST", "/api/v1/namespaces/default/secrets"],
      ["POST", "/api/v1/namespaces/default/serviceaccounts/selfsubjectreviews/token"],
      ["POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews"],
      ["POST", "/apis/example.com/v1/selfsubjectaccessreviews"],
      ["POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x"],
      ["PUT", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"],
      ["PATCH", "/api/v1/namespaces/default/secrets/x?dryRun=All"],
      ["DELETE", "/api/v1/namespaces/default/secrets/x"],
    ] as const) {
      await assert.rejects(transport(request(method, path)), /only reads/u, `${method} ${path}`);
    }
    assert.deepEqual(sent, []);
  });
});

function request(method: TransportRequest["method"], path = "/"): TransportRequest {
  return { method, path, headers: {}, signal: new AbortController().signal };
}
