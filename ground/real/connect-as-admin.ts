import { SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { httpTransport } from "../../sim/http-transport.ts";
import type { RealApiServer } from "./api-server.ts";

/** Connects to an API server as its administrator. */
export function connectAsAdmin(
  { server, caPem, adminToken }: Pick<RealApiServer, "server" | "caPem" | "adminToken">,
  fieldManager: string = "ground",
): SimClient {
  const transport = httpTransport({ url: server, caPem, token: adminToken });
  return new SimClient(transport, { clock: systemSimClock, fieldManager });
}
