import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { OwnApiServer } from "../api-server.ts";
import { fromNowOn } from "../audit-log.ts";
import type { RestartableProcess } from "../restartable-process.ts";
import type { Stoppable } from "../start-together.ts";
import {
  GROUND,
  type GroundCoordinates,
  type LeaseCall,
  type ProcessCoordinates,
  type ServerCoordinates,
} from "./lease-protocol.ts";
import { readLines, sendLine } from "./read-lines.ts";
import type { LentPrograms } from "./standing-ground.ts";
import type { StandingGrounds } from "./standing-grounds.ts";

type Verbs = Readonly<Record<string, () => Promise<unknown>>>;

/** Lends grounds through a Unix socket: each connection holds one, and gives it back by its end, however it ends. */
export async function serveLeases(grounds: StandingGrounds, socketPath: string): Promise<Stoppable> {
  const server = createServer((socket) => void serve(grounds, socket));
  server.listen(socketPath);
  await once(server, "listening");
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

async function serve(grounds: StandingGrounds, socket: Socket): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.on("error", () => undefined);
  try {
    const ground = await grounds.lease();
    await answerUntil(closed, socket, ground.programs);
    grounds.giveBack(ground);
  } catch (error) {
    sendLine(socket, { id: GROUND, error: messageOf(error) });
    socket.end();
  }
}

async function answerUntil(closed: Promise<void>, socket: Socket, programs: LentPrograms): Promise<void> {
  const verbs = new Map(verbsOf(programs));
  const answer = async ({ id, program, verb }: LeaseCall): Promise<void> => {
    try {
      const call = verbs.get(program)?.[verb];
      if (call === undefined) {
        throw new Error(`expected something that can be done to a program of the ground, found ${verb} ${program}`);
      }
      sendLine(socket, { id, result: await call() });
    } catch (error) {
      sendLine(socket, { id, error: messageOf(error) });
    }
  };
  verbs.set("cluster", {
    start: async () => {
      const cluster = await programs.startCluster("");
      const { server } = cluster;
      verbs.set(server.name, { ...verbsOfProcess(server), end: () => cluster.stop() });
      return coordinatesOf(server);
    },
  });
  readLines(socket, (message) => void answer(message as LeaseCall));
  sendLine(socket, { id: GROUND, result: await coordinatesOfGround(programs) });
  await closed;
}

function verbsOf({ etcd, platform, onboarding, registry, flux }: LentPrograms): [name: string, verbs: Verbs][] {
  return [
    ["etcd", verbsOfProcess(etcd)],
    [platform.name, verbsOfProcess(platform)],
    [onboarding.name, verbsOfProcess(onboarding)],
    ["registry", verbsOfProcess(registry)],
    ["source-controller", verbsOfProcess(flux.sourceController)],
    ["helm-controller", verbsOfProcess(flux.helmController)],
  ];
}

function verbsOfProcess(running: Pick<RestartableProcess, "stop" | "kill" | "restart">): Verbs {
  return { stop: () => running.stop(), kill: () => running.kill(), restart: () => running.restart() };
}

async function coordinatesOfGround(programs: LentPrograms): Promise<GroundCoordinates> {
  const { etcd, registry, flux } = programs;
  return {
    etcd: { ...coordinatesOfProcess(etcd), url: etcd.url },
    platform: await coordinatesOf(programs.platform),
    onboarding: await coordinatesOf(programs.onboarding),
    registry: registry.address,
    sourceController: coordinatesOfProcess(flux.sourceController),
    helmController: coordinatesOfProcess(flux.helmController),
  };
}

function coordinatesOfProcess({ logPath }: RestartableProcess): ProcessCoordinates {
  return { logPath };
}

async function coordinatesOf(running: OwnApiServer): Promise<ServerCoordinates> {
  const { name, server, kubeconfig, caPem, adminToken, serviceAccountKeyPath, audit } = running;
  return { name, server, kubeconfig, caPem, adminToken, serviceAccountKeyPath, audit: await fromNowOn(audit) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
