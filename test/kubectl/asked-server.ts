import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type PeerCertificate, TLSSocket } from "node:tls";

/** A server that answers every request with who sent it. */
export type AskedServer = { readonly url: string; readonly port: number; readonly close: () => Promise<void> };

/** Serves with the certificate, or without TLS when there is none. */
export async function startAskedServer(identity?: {
  readonly cert: string;
  readonly key: string;
}): Promise<AskedServer> {
  const server =
    identity === undefined
      ? createHttpServer(answer)
      : createServer({ ...identity, requestCert: true, rejectUnauthorized: false }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${identity === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer({ headers, socket }: IncomingMessage, response: ServerResponse): void {
  const certificate = socket instanceof TLSSocket ? (socket.getPeerCertificate() as Partial<PeerCertificate>) : {};
  const subject =
    certificate.subject !== undefined ? `certificate of ${certificate.subject.CN?.toString()}` : undefined;
  const actsAs = headers["impersonate-user"]?.toString();
  const who = [headers.authorization, subject].filter((part) => part !== undefined).join(", ") || "nobody";
  response.end(actsAs === undefined ? who : `${who} as ${actsAs}`);
}
