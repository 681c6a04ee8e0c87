import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { connect, createServer } from "node:tls";

import { systemClock } from "../kube/clock.ts";
import { startHttpServer } from "./http-server.ts";
import { createLogger } from "./log.ts";
import { makeSelfSignedCertificate } from "./self-signed-certificate.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

describe("makeSelfSignedCertificate", () => {
  for (const now of ["2026-11-27T22:00:00Z", "2049-12-31T23:30:00Z", "2060-02-29T00:00:00.999Z"]) {
    it(`makes one at ${now} that is valid from an hour before, for ten years, and signed by nobody else`, () => {
      const nowMs = Date.parse(now);

      const { cert, key } = makeSelfSignedCertificate({ now: () => nowMs });

      const certificate = new X509Certificate(cert);
      assert.ok(certificate.verify(certificate.publicKey));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
      assert.equal(certificate.issuer, certificate.subject);
      assert.equal(certificate.validFromDate.getTime(), Math.floor(nowMs / 1000) * 1000 - 3_600_000);
      assert.equal(
        certificate.validToDate.getTime() - certificate.validFromDate.getTime(),
        10 * 365 * DAY_MS + 3_600_000,
      );
    });
  }

  it("makes one for a server called localhost, and for nothing else", () => {
    const certificate = new X509Certificate(makeSelfSignedCertificate(systemClock).cert);

    assert.equal(certificate.subjectAltName, "DNS:localhost");
    assert.equal(certificate.checkHost("localhost"), "localhost");
    assert.equal(certificate.ca, false);
    assert.deepEqual(certificate.keyUsage, [SERVER_AUTH]);
  });

  it("gives each its own serial number, which is positive", () => {
    const [one, other] = [1, 2].map(
      () => new X509Certificate(makeSelfSignedCertificate(systemClock).cert).serialNumber,
    );

    assert.match(one ?? "", /^01[\dA-F]{30}$/u);
    assert.notEqual(one, other);
  });

  it("makes one that a client may trust by name", async () => {
    const { cert, key } = makeSelfSignedCertificate(systemClock);
    const server = createServer({ cert, key }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: cert });
    await once(socket, "secureConnect");

    assert.ok(socket.authorized);
    socket.destroy();
    server.close();
  });

  it("makes one that serves whoever does not ask who has signed it", async () => {
    const server = await startHttpServer({
      address: { host: "127.0.0.1", port: 0 },
      pages: { "/metrics": () => ({ status: 200, contentType: "text/plain", body: "up 1\n" }) },
      certificate: makeSelfSignedCertificate(systemClock),
      log: createLogger({ level: "silent", pretty: false }),
    });

    const status = await new Promise((resolve, reject) => {
      const url = `https://127.0.0.1:${server.port}/metrics`;
      const sent = request(url, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.end();
    });

    assert.equal(status, 200);
    await server.close();
  });
});
