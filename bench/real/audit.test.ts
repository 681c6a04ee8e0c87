import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Audit } from "./audit.ts";
import type { PerServer } from "./servers.ts";
import { tenantPlaces } from "./tenants.ts";

const OURS = "service-provider-ocm/0.5.0";

describe("Audit", () => {
  const [sample, other] = tenantPlaces(2);
  assert.ok(other);
  let folder: string;
  let logs: PerServer<string>;
  let audit: Audit;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "audit-"));
    logs = { platform: join(folder, "platform"), onboarding: join(folder, "onboarding"), mcp: join(folder, "mcp") };
    await Promise.all(Object.values(logs).map((path) => writeFile(path, "")));
    audit = new Audit({ auditLogs: logs }, sample);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("counts the provider's requests about tenants by verb and resource, from the beginning on", async () => {
    await log("platform", request({ path: `/api/v1/namespaces/${other.namespace}/secrets/before` }));
    await audit.begin();
    await log("platform", request({ path: `/api/v1/namespaces/${other.namespace}/secrets/one` }));
    await log("mcp", request({ path: "/api" }));
    await log("platform", request({ path: "/api/v1/namespaces/openmcp-system/secrets/ours" }));
    await log("platform", request({ path: `/api/v1/namespaces/${other.namespace}/secrets/one`, userAgent: "bench" }));
    await log("platform", request({ path: `/api/v1/namespaces/${other.namespace}/secrets`, verb: "watch" }));

    const { requests, all, kinds, sample: writes } = await audit.read();

    assert.deepEqual(
      { requests, all, kinds, writes },
      { requests: 2, all: 3, kinds: { "get secrets": 2 }, writes: [] },
    );
  });

  it("records the writes about the first tenant in the order of their arrival, whatever the server", async () => {
    const status = { metadata: { resourceVersion: "7", name: sample.name }, status: { phase: "Ready" } };
    const path = `/apis/ocm/v1/namespaces/${sample.workspace}/ocms/${sample.name}/status`;
    await log("onboarding", request({ path, verb: "patch", body: status, atMs: 2 }));
    const release = { apiVersion: "v1", kind: "Secret" };
    const applied = `/api/v1/namespaces/${sample.namespace}/secrets/one?fieldManager=us`;
    await log("platform", request({ path: applied, verb: "patch", body: release, atMs: 1 }));
    await log("platform", request({ path: applied, verb: "patch", body: release, atMs: 3, code: 409 }));

    const { sample: writes } = await audit.read();

    assert.deepEqual(writes, [
      {
        server: "platform",
        method: "PATCH",
        path: applied,
        body: JSON.stringify(release),
        contentType: "application/apply-patch+yaml",
      },
      {
        server: "onboarding",
        method: "PATCH",
        path,
        body: JSON.stringify({ status: { phase: "Ready" }, metadata: { name: sample.name } }),
        contentType: "application/merge-patch+json",
      },
    ]);
  });

  it("takes from a patch and a deletion what holds for one object only", async () => {
    const path = `/apis/ocm/v1/namespaces/${sample.workspace}/ocms/${sample.name}`;
    const test = { op: "test", path: "/metadata/resourceVersion", value: "7" };
    const remove = { op: "remove", path: "/metadata/finalizers/0" };
    await log("onboarding", request({ path, verb: "patch", body: [test, remove], atMs: 1 }));
    await log("onboarding", request({ path, verb: "delete", body: { preconditions: { uid: "u" } }, atMs: 2 }));

    const { sample: writes } = await audit.read();

    assert.deepEqual(
      writes.map(({ body }) => body),
      [JSON.stringify([remove]), "{}"],
    );
    assert.equal(writes[0]?.contentType, "application/json-patch+json");
  });

  async function log(server: keyof PerServer<string>, event: object): Promise<void> {
    await appendFile(logs[server], `${JSON.stringify(event)}\n`);
  }
});

function request({
  path,
  verb = "get",
  userAgent = OURS,
  body,
  atMs = 0,
  code = 200,
}: {
  readonly path: string;
  readonly verb?: string;
  readonly userAgent?: string;
  readonly body?: unknown;
  readonly atMs?: number;
  readonly code?: number;
}): object {
  return {
    stage: "ResponseComplete",
    verb,
    requestURI: path,
    userAgent,
    objectRef: { resource: "secrets" },
    responseStatus: { code },
    requestReceivedTimestamp: new Date(atMs).toISOString(),
    ...(body !== undefined && { requestObject: body }),
  };
}
