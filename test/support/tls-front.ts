import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

import { createCertificate } from "../../sim/certificate.ts";

/** A server that is reached over TLS and trusted only by those who know its authority. */
export type TlsFront = {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly caPem: string;
  close(): Promise<void>;
};

/** Puts TLS, with a certificate of a private authority, in front of the plain HTTP server at `origin`. */
export async function startTlsFront(origin: string): Promise<TlsFront> {
  const { certPem, keyPem, caPem } = await createCertificate();
  const server = createServer({ cert: certPem, key: keyPem }, (asked, answer) => {
    const { method, url, headers } = asked;
    const forwarded = request(new URL(url ?? "/", origin), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    forwarded.on("error", () => answer.destroy());
    asked.pipe(forwarded);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    caPem,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
