import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { describe, it } from "node:test";

import { systemClock } from "../kube/clock.ts";
import { startHttpServer } from "./http-server.ts";
import { createLogger } from "./log.ts";
import { makeSelfSignedCertificate } from "./certificate.ts";

describe("makeSelfSignedCertificate", () => {
  it("makes one that is valid now and signed by nobody else", async () => {
    const { cert } = await makeSelfSignedCertificate(systemClock);

    const certificate = new X509Certificate(cert);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(certificate.validFromDate.getTime() < systemClock.now());
    assert.ok(certificate.validToDate.getTime() > systemClock.now());
    assert.equal(certificate.checkHost("localhost"), "localhost");
  });

  it("makes one that serves whoever does not ask who has signed it", async () => {
    const server = await startHttpServer({
      address: { host: "127.0.0.1", port: 0 },
      pages: { "/metrics": () => ({ status: 200, contentType: "text/plain", body: "up 1\n" }) },
      certificate: await makeSelfSignedCertificate(systemClock),
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
