import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";

import { generate } from "selfsigned";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { followCertificate, readCertificate } from "./certificate.ts";
import { Health } from "./health.ts";
import { type Certificate, type HttpServer, metricsPages, probePages, startHttpServer } from "./http-server.ts";
import type { Verdict } from "./delegated-access.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";

const log = createLogger({ level: "silent", pretty: false });
const address = { host: "127.0.0.1", port: 0 };

async function makeCertificate(commonName: string): Promise<Certificate> {
  const pems = await generate([{ name: "commonName", value: commonName }], { keyType: "ec" });
  return { key: pems.private, cert: pems.cert };
}

/** The subject of the certificate that the server uses now. */
function shownBy(server: HttpServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: server.port, path: "/", rejectUnauthorized: false, agent: false };
    request(options, (response) => {
      const peer: Partial<DetailedPeerCertificate> = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      resolve(String(peer.subject?.CN));
    })
      .on("error", reject)
      .end();
  });
}

describe("startHttpServer", () => {
  it("answers probes and scrapers", async () => {
    const clock = new FakeClock();
    const health = new Health({ clock });
    health.addPrerequisite({ name: "caches", isMet: () => false });
    const pages = { ...probePages(health), ...metricsPages(createMetrics({ clock })) };
    const server = await startHttpServer({ address, pages, log });
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`);

    const [alive, ready, metrics, other] = await Promise.all(
      ["/healthz?verbose", "/readyz", "/metrics", "/x"].map(get),
    );

    assert.equal(alive?.status, 200);
    assert.equal(ready?.status, 503);
    assert.equal(await ready.text(), "[-] caches: not yet\n");
    assert.equal(metrics?.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await metrics.text(), /^workqueue_|process_cpu/mu);
    assert.equal(other?.status, 404);
    await server.close();
  });

  it("reads only", async () => {
    const server = await startHttpServer({ address, pages: probePages(new Health({ clock: new FakeClock() })), log });
    const url = `http://127.0.0.1:${server.port}/healthz`;

    const posted = await fetch(url, { method: "POST", body: "x" });
    const asked = await fetch(url, { method: "HEAD" });

    assert.equal(posted.status, 405);
    assert.equal(asked.status, 200);
    assert.equal(await asked.text(), "");
    await server.close();
  });

  it("serves its pages only to those whom it is told to let in, and says nothing of them to others", async () => {
    const access = {
      judge: (authorization: string | undefined) =>
        Promise.resolve<Verdict>(
          authorization === "Bearer good" ? { status: 200 } : { status: 403, message: "Authorization denied" },
        ),
    };
    const pages = { "/page": () => ({ status: 200, contentType: "text/plain", body: "content" }) };
    const server = await startHttpServer({ address, pages, log, access });
    const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
      return `${response.status} ${await response.text()}`;
    };
    const headers = { authorization: "Bearer good" };

    assert.equal(await ask("/page"), "403 Authorization denied\n");
    assert.equal(await ask("/other"), "403 Authorization denied\n");
    assert.equal(await ask("/page", { method: "POST" }), "403 Authorization denied\n");
    assert.equal(await ask("/page", { headers }), "200 content");
    assert.equal(await ask("/other", { headers }), "404 serving /page\n");
    await server.close();
  });

  it("answers 500 when a page cannot be rendered, and goes on", async () => {
    const pages = { "/broken": () => Promise.reject(new Error("broken")) };
    const server = await startHttpServer({ address, pages, log });

    const first = await fetch(`http://127.0.0.1:${server.port}/broken`);
    const second = await fetch(`http://127.0.0.1:${server.port}/broken`);

    assert.deepEqual([first.status, second.status], [500, 500]);
    assert.equal(await first.text(), "internal error\n");
    await server.close();
  });

  it("says so when the port is taken", async () => {
    const first = await startHttpServer({ address, pages: {}, log });

    const second = startHttpServer({ address: { ...address, port: first.port }, pages: {}, log });

    await assert.rejects(second, new RegExp(`cannot listen on port ${first.port}`, "u"));
    await first.close();
  });
});

describe("followCertificate", () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) {
      rmSync(folder, { recursive: true });
    }
  });

  it("serves new connections with the files' new content, and keeps the last good one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "certificate-"));
    folders.push(folder);
    const files = { certPath: join(folder, "tls.crt"), keyPath: join(folder, "tls.key") };
    const write = async ({ cert, key }: Certificate): Promise<void> => {
      await Promise.all([writeFile(files.certPath, cert), writeFile(files.keyPath, key)]);
    };
    await write(await makeCertificate("first"));
    const certificate = await readCertificate(files);
    const server = await startHttpServer({ address, pages: {}, certificate, log });
    const seen = [await shownBy(server)];
    const stop = new AbortController();
    const looked = { count: 0, again: Promise.withResolvers<void>() };
    // Before each read of the files comes a sleep, so a read is over when the next sleep begins.
    const clock = {
      now: () => 0,
      sleep: async (_ms: number, signal?: AbortSignal): Promise<void> => {
        looked.again.resolve();
        const next = turns[looked.count];
        looked.count += 1;
        await (next?.promise ?? new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve())));
      },
    };
    const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const following = followCertificate(files, {
      current: certificate,
      use: server.replaceCertificate,
      clock,
      log,
      signal: stop.signal,
    });
    const look = async (turn: number): Promise<void> => {
      looked.again = Promise.withResolvers<void>();
      turns[turn]?.resolve();
      await looked.again.promise;
    };

    await write(await makeCertificate("second"));
    await look(0);
    seen.push(await shownBy(server));
    await write({ cert: "half written", key: "" });
    await look(1);
    seen.push(await shownBy(server));
    stop.abort();
    await following;
    await server.close();

    assert.deepEqual(seen, ["first", "second", "second"]);
  });
});
