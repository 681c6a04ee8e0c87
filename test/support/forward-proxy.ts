import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy for plain HTTP. */
export type ForwardProxy = {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  /** What it was asked for with the right login. */
  readonly asked: readonly URL[];
  close(): Promise<void>;
};

/** Starts a proxy that forwards the requests of whoever knows its login, `<user name>:<password>`. */
export async function startForwardProxy(login: string): Promise<ForwardProxy> {
  const expected = `Basic ${Buffer.from(login).toString("base64")}`;
  const asked: URL[] = [];
  const server = createServer((incoming, answer) => {
    const { method, url = "", headers } = incoming;
    if (headers["proxy-authorization"] !== expected) {
      answer.writeHead(407).end();
      return;
    }
    asked.push(new URL(url));
    const forwarded = request(url, { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    forwarded.on("error", () => answer.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
