import type { Socket } from "node:net";
import { buildConnector, Socks5ProxyAgent } from "undici";

/** The library's agent insists on a host name for TLS. Of it only the tunnel is used here, which its types leave out. */
class SocksTunnel extends Socks5ProxyAgent {
  declare readonly createSocks5Connection: (host: string, port: number) => Promise<Socket>;
}

/** Makes connections through a SOCKS5 proxy, with TLS on top where the server speaks it. */
export function socksConnector(
  proxyURL: string,
  tls: buildConnector.BuildOptions & { readonly timeout: number },
): buildConnector.connector {
  const tunnel = new SocksTunnel(proxyURL, { connectTimeout: tls.timeout });
  const upgrade = buildConnector(tls);
  const open = async (target: buildConnector.Options, callback: buildConnector.Callback): Promise<void> => {
    const isSecure = target.protocol === "https:";
    const host = target.hostname.replace(/^\[(.*)\]$/, "$1");
    try {
      const socket = await tunnel.createSocks5Connection(host, Number(target.port) || (isSecure ? 443 : 80));
      if (isSecure) {
        upgrade({ ...target, httpSocket: socket }, callback);
      } else {
        callback(null, socket);
      }
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
    }
  };
  return (target, callback) => void open(target, callback);
}
