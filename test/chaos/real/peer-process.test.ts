import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";

import { processAt } from "./peer-process.ts";

describe("processAt", () => {
  const server = createServer();
  let client: Socket;
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(client, "connect");
  });
  after(() => {
    client.destroy();
    server.close();
  });

  it("finds the process that has opened a connection", () => {
    assert.equal(processAt(client.localPort ?? 0, [1, process.pid]), process.pid);
  });

  it("finds none when it is not among those that are asked for", () => {
    assert.equal(processAt(client.localPort ?? 0, [process.ppid]), undefined);
  });
});
