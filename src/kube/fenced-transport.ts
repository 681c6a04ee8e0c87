import { UnreachableError } from "./errors.ts";
import type { ClosableTransport, TransportRequest } from "./transport.ts";

/** Lets requests that may change something pass only while `mayWrite` says so, asked at the moment each is sent. */
export function fencedTransport(transport: ClosableTransport, mayWrite: () => boolean): ClosableTransport {
  const send = (request: TransportRequest): ReturnType<ClosableTransport> =>
    request.method === "GET" || mayWrite()
      ? transport(request)
      : Promise.reject(new UnreachableError("not sent: this process may not write any more"));
  return Object.assign(send, { close: () => transport.close() });
}
