import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server } from "node:net";

// Below the range from which kernels take ports for outgoing connections: a server that restarts finds its port free.
const FIRST_PORT = 20_000;
const PAST_LAST_PORT = 32_000;
const ATTEMPTS = 200;

/** Finds `count` different ports of 127.0.0.1 on which nobody listens. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { readonly port: number; readonly server: Server }[] = [];
  try {
    for (let attempt = 0; held.length < count && attempt < ATTEMPTS; attempt++) {
      const port = randomInt(FIRST_PORT, PAST_LAST_PORT);
      const server = await listen(port);
      if (server !== undefined) {
        held.push({ port, server });
      }
    }
  } finally {
    await Promise.all(held.map(({ server }) => close(server)));
  }
  if (held.length < count) {
    throw new Error(`expected ${count} free ports on 127.0.0.1, found ${held.length}`);
  }
  return held.map(({ port }) => port);
}

/** Finds one port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) {
    throw new Error("expected a free port on 127.0.0.1");
  }
  return port;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
