import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { RealApiServer } from "./api-server.ts";

/** Creates one object by a POST to the path of its collection; anything but success is an error. */
export async function createObject(
  cluster: Pick<RealApiServer, "server" | "caPem" | "adminToken">,
  path: string,
  object: object,
): Promise<void> {
  const post = request(new URL(path, cluster.server), {
    method: "POST",
    agent: false,
    ca: cluster.caPem,
    headers: { authorization: `Bearer ${cluster.adminToken}`, "content-type": "application/json" },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    post.once("response", resolve).once("error", reject).end(JSON.stringify(object));
  });
  const answer = await text(response);
  if (response.statusCode !== 201) {
    throw new Error(`cannot create at ${path}: the API server answered ${response.statusCode}: ${answer}`);
  }
}
