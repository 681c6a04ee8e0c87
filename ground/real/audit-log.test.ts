import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { prepareAuditLog, readAuditLog } from "./audit-log.ts";

void describe("the request log of a real API server", () => {
  void it("tells each request once, in the order of arrival", async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "audit-"));
    context.after(() => rm(folder, { recursive: true }));
    const audit = await prepareAuditLog(folder);
    await appendFile(audit.log, line("ResponseComplete", "patch", "2026-01-01T00:00:02.000000Z"));
    await appendFile(audit.log, line("ResponseStarted", "watch", "2026-01-01T00:00:01.000000Z"));
    await appendFile(audit.log, line("ResponseComplete", "watch", "2026-01-01T00:00:01.000000Z"));
    await appendFile(audit.log, '{"stage":"Respon');

    const requests = await readAuditLog(audit);

    assert.deepEqual(
      requests.map(({ verb, path, userAgent, code }) => [verb, path, userAgent, code]),
      [
        ["watch", "/api/v1/pods?x=1", "me/1", 200],
        ["patch", "/api/v1/pods?x=1", "me/1", 200],
      ],
    );
  });

  void it("is empty before the first request", async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "audit-"));
    context.after(() => rm(folder, { recursive: true }));

    assert.deepEqual(await readAuditLog(await prepareAuditLog(folder)), []);
  });
});

function line(stage: string, verb: string, requestReceivedTimestamp: string): string {
  const event = {
    stage,
    verb,
    requestURI: "/api/v1/pods?x=1",
    userAgent: "me/1",
    responseStatus: { code: 200 },
    requestReceivedTimestamp,
  };
  return `${JSON.stringify(event)}\n`;
}
