import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the range from which kernels take ports for outgoing connections: a server that restarts finds its port free.
const FIRST_PORT = 20_000;
const PAST_LAST_PORT = 32_000;
const ATTEMPTS_PER_PORT = 100;

/**
 * Finds `count` different ports of 127.0.0.1 on which nobody listens.
 *
 * None of them is found again, by this process or another one, until this one ends: whoever is given a port may be slow
 * to listen on it, and finds it again after a restart.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let attempt = 0; ports.length < count && attempt < ATTEMPTS_PER_PORT * count; attempt++) {
    const port = randomInt(FIRST_PORT, PAST_LAST_PORT);
    if ((await claim(port)) && (await isFree(port))) {
      ports.push(port);
    }
  }
  if (ports.length < count) {
    throw new Error(`expected ${count} free ports on 127.0.0.1, found ${ports.length}`);
  }
  return ports;
}

/** Finds one port of 127.0.0.1 as `freePorts` does. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) {
    throw new Error("expected a free port on 127.0.0.1");
  }
  return port;
}

/** Takes the port's number among those of UDP, which nothing here speaks, and which the kernel gives to one at a time. */
async function claim(port: number): Promise<boolean> {
  const socket = createSocket("udp4").unref();
  try {
    socket.bind({ port, address: "127.0.0.1", exclusive: true });
    await once(socket, "listening");
    return true;
  } catch {
    socket.close();
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
