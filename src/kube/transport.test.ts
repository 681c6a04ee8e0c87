import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { UnreachableError } from "./errors.ts";
import { type ClosableTransport, fencedTransport, type TransportRequest } from "./transport.ts";

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

function request(method: TransportRequest["method"]): TransportRequest {
  return { method, path: "/", headers: {}, signal: new AbortController().signal };
}
