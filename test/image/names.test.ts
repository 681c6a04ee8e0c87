import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { contain } from "../../ground/image/contain.ts";
import { noImage, providerImage } from "../support/provider-image.ts";

const SERVER = "127.53.53.53";
const DNS_PORT = 53;
const ADDRESS = [203, 0, 113, 7];
const LOOKUP = 'require("node:dns").lookup(process.argv[1], (error, found) => console.log(error?.code ?? found))';

const run = promisify(execFile);

// The provider reaches clusters by name, and what looks names up is in the libraries of the image.
describe("a process in the provider's image that looks a name up", { skip: noImage ?? false }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "names-"));
    await writeFile(join(folder, "hosts"), "127.0.0.1 localhost\n203.0.113.9 in-hosts.example\n");
    await writeFile(join(folder, "resolv.conf"), `nameserver ${SERVER}\n`);
  });
  after(() => rm(folder, { recursive: true }));

  it("finds it in /etc/hosts", async () => {
    assert.equal(await lookup("in-hosts.example"), "203.0.113.9");
  });

  it("asks the server of /etc/resolv.conf", async (test) => {
    const server = await startServer();
    if (server === undefined) {
      test.skip(`nobody but root may serve DNS at port ${DNS_PORT}`);
      return;
    }
    assert.equal(await lookup("in-dns.example").finally(() => server.close()), ADDRESS.join("."));
  });

  async function lookup(name: string): Promise<string> {
    const image = (await providerImage()) ?? assert.fail("this machine runs images");
    const entrypoint = image.config.entrypoint.slice(0, 1);
    const { path, args } = contain({
      image: { ...image, config: { ...image.config, entrypoint } },
      args: ["--eval", LOOKUP, name],
      env: {},
      mounts: { "/etc/hosts": join(folder, "hosts"), "/etc/resolv.conf": join(folder, "resolv.conf") },
    });
    return (await run(path, args)).stdout.trim();
  }
});

/** A DNS server that has one IPv4 address for every name; `undefined` where this process may not be one. */
async function startServer(): Promise<Socket | undefined> {
  const server = createSocket("udp4");
  server.on("message", (query, { port, address }) => server.send(answerTo(query), port, address));
  server.bind(DNS_PORT, SERVER);
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

// https://www.rfc-editor.org/rfc/rfc1035#section-4
function answerTo(query: Buffer): Buffer {
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const asksForIPv4 = question.readUInt16BE(question.length - 4) === 1;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(asksForIPv4 ? 1 : 0, 6);
  const record = Buffer.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, ADDRESS.length, ...ADDRESS);
  return Buffer.concat([header, question, ...(asksForIPv4 ? [record] : [])]);
}
