import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";

import { startApiServer } from "../../ground/real/api-server.ts";
import { connectAsAdmin } from "../../ground/real/connect-as-admin.ts";
import { startEtcd } from "../../ground/real/etcd.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { toolkitChart } from "../../sim/flux/toolkit-chart.ts";
import { seedPlatform } from "../../sim/platform/seed.ts";
import { ensure } from "../../sim/stand-in/ensure.ts";
import { childrenOf } from "../../test/support/children-of.ts";
import { LeanClient } from "./lean-client.ts";
import { playFlux, playPlatform } from "./plays.ts";
import { giveWay } from "./give-way.ts";
import { SERVERS, type StageReady } from "./servers.ts";

// A process of its own: etcd, three API servers, and those who play the platform and Flux. Control planes share one API
// server. Ends when its parent does.
//
// Usage: stage.ts <namespaces whose writes are logged with their bodies>...

const PLAY_SOCKETS = 8;

setPriority(giveWay.niceness);
const folder = await mkdtemp(join(tmpdir(), "service-provider-ocm-bench-"));
const etcd = await startEtcd({ folder });
const servers = await Promise.all(
  SERVERS.map((name) => startApiServer({ name, folder, etcd, bodiesOf: process.argv.slice(2) })),
);
const [platform, onboarding, mcp] = servers;
if (platform === undefined || onboarding === undefined || mcp === undefined) {
  throw new Error("expected three API servers");
}
const programs = childrenOf(process.pid).filter(({ command }) => /kube-apiserver|etcd/u.test(command));
await Promise.all([process.pid, ...programs.map(({ pid }) => pid)].map((pid) => giveWay.inSession(pid)));

process.once("disconnect", () => void end());
await seedPlatform({ platform: connectAsAdmin(platform), clock: systemSimClock });
const controlPlane = connectAsAdmin(mcp);
const target = { name: "ocm-k8s-toolkit", namespace: "ocm-k8s-toolkit-system" };
const installed = toolkitChart("0.4.0").render(target, {});
for (const crd of installed.filter(({ kind }) => kind === "CustomResourceDefinition")) {
  await ensure(controlPlane, crd);
}
await Promise.all([
  playPlatform(new LeanClient(platform.kubeconfig, PLAY_SOCKETS)),
  playFlux(new LeanClient(platform.kubeconfig, PLAY_SOCKETS)),
]);

const ready: StageReady = {
  folder,
  kubeconfigs: {
    platform: platform.kubeconfig,
    onboarding: onboarding.kubeconfig,
    mcp: mcp.kubeconfig,
    mute: mcp.kubeconfig.replace(mcp.server, `https://127.0.0.1:${await listenMutely()}`),
  },
  auditLogs: { platform: platform.audit.log, onboarding: onboarding.audit.log, mcp: mcp.audit.log },
  servers: programs,
};
process.send?.(ready);

async function listenMutely(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function end(): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()));
  await etcd.kill();
  await rm(folder, { recursive: true, force: true });
  process.exit();
}
