import type { ApiServer } from "../../sim/apiserver/api-server.ts";
import { parseRequest } from "../../sim/apiserver/request/request-info.ts";
import type { Certificate } from "../../sim/certificate.ts";
import { serve, type Served } from "../../sim/http-server.ts";
import type { SimRequest, SimResponse } from "../../sim/transport.ts";
import type { LoggedRequest } from "../ground.ts";

/** How an API server in memory is seen from outside: HTTPS, with a log of the requests and a handle for crashes. */
export type Front = {
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  /** Breaks all connections and refuses new ones. */
  crash(): Promise<void>;
  /** Listens again on the same port. */
  revive(): Promise<void>;
  close(): Promise<void>;
};

/** Serves an API server on a free port of 127.0.0.1. */
export async function openFront(api: ApiServer, certificate: Certificate): Promise<Front> {
  const requests: LoggedRequest[] = [];
  const target = { handle: (request: SimRequest) => answerAndLog(api, request, requests) };
  let served: Served = await serve(target, { certificate });
  const { url } = served;
  return {
    url,
    requests,
    crash: () => served.cut(),
    revive: async () => {
      served = await serve(target, { certificate, port: Number(new URL(url).port) });
    },
    close: () => served.close(),
  };
}

async function answerAndLog(api: ApiServer, request: SimRequest, log: LoggedRequest[]): Promise<SimResponse> {
  const { method, path, headers } = request;
  const entry = { verb: parseRequest(method, path).verb, path, userAgent: headers["user-agent"] ?? "" };
  const atMs = Date.now();
  const response = await api.handle(request);
  log.push({ ...entry, code: response.status, atMs });
  return response;
}
