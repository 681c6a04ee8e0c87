import { BlockList, isIPv4 } from "node:net";
import type { Environment } from "./environment.ts";

/**
 * Finds the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or their lower-case forms) prescribe for a server.
 *
 * `NO_PROXY` holds host names, which cover their subdomains, optionally with a port, networks such as `10.0.0.0/8`, or
 * `*`. Loopback is never proxied.
 */
export function proxyFromEnvironment(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const variable = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = read(env, variable);
  if (proxy === undefined || isExempt(url, read(env, "NO_PROXY") ?? "")) {
    return undefined;
  }
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function read(env: Environment, variable: string): string | undefined {
  const value = env[variable] ?? env[variable.toLowerCase()];
  return value === "" ? undefined : value;
}

function isExempt(url: URL, noProxy: string): boolean {
  const { hostname } = url;
  if (hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")) {
    return true;
  }
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry === "*" || covers(entry, url));
}

function covers(entry: string, url: URL): boolean {
  const [network = "", prefix] = entry.split("/");
  if (prefix !== undefined) {
    return isIPv4(url.hostname) && isIPv4(network) && subnet(network, Number(prefix)).check(url.hostname);
  }
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const host = entry.endsWith(`:${port}`) ? entry.slice(0, -port.length - 1) : entry;
  const domain = host.replace(/^\*?\./, "");
  return domain !== "" && (url.hostname === domain || url.hostname.endsWith(`.${domain}`));
}

function subnet(network: string, prefix: number): BlockList {
  const list = new BlockList();
  if (Number.isInteger(prefix) && prefix >= 0 && prefix <= 32) {
    list.addSubnet(network, prefix);
  }
  return list;
}
