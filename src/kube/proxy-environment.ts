import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { parseURL } from "./kubeconfig-entries.ts";
import { KubeconfigError } from "./kubeconfig-document.ts";

/** The server that is compared with the entries of `NO_PROXY`. */
type Destination = { readonly host: string; readonly port: string };

const PROTOCOLS: readonly string[] = ["http:", "https:", "socks5:", "socks5h:"];

/**
 * Returns the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or their lower-case forms) name for a server.
 *
 * The rules are those of Go's `golang.org/x/net/http/httpproxy`. `NO_PROXY` lists IP addresses, networks such as
 * `10.0.0.0/8`, host names, or `*` for all servers. A host name covers its subdomains too; one that begins with a dot
 * covers only its subdomains. Addresses and host names may have a port. `localhost` and loopback addresses need no
 * proxy.
 */
export function proxyFromEnvironment(server: string, env: NodeJS.ProcessEnv): string | undefined {
  const url = new URL(server);
  const variable = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = read(env, variable);
  if (proxy === "" || isExempt(url, read(env, "NO_PROXY"))) {
    return undefined;
  }
  const address = parseURL(proxy.includes("://") ? proxy : `http://${proxy}`, PROTOCOLS);
  if (address === undefined) {
    const expected = PROTOCOLS.map((protocol) => `${protocol}//`).join(", ");
    throw new KubeconfigError(`environment: ${variable} must be a URL that starts with one of ${expected}`);
  }
  // With either scheme the proxy resolves the host name.
  return address.href.replace(/^socks5h:/, "socks5:").replace(/\/$/, "");
}

// An empty upper-case variable does not hide the lower-case one.
function read(env: NodeJS.ProcessEnv, variable: string): string {
  return [env[variable], env[variable.toLowerCase()]].find((value) => value !== undefined && value !== "") ?? "";
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = withoutBrackets(url.hostname);
  if (host === "localhost" || isLoopback(host)) {
    return true;
  }
  const destination = { host, port: url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port };
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry === "*" || covers(entry, destination));
}

function isLoopback(host: string): boolean {
  return isIn(host, "127.0.0.0", 8) || isIn(host, "::1", 128);
}

function covers(entry: string, destination: Destination): boolean {
  const [, network = "", prefix] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (prefix !== undefined && isIP(network) !== 0) {
    return isIn(destination.host, network, Number(prefix));
  }
  const [, named, port = ""] = /^(\[.*\]|[^:]*):([^:]*)$/.exec(entry) ?? [];
  // Like Go, removes the brackets of an IPv6 address only before a port.
  const name = named === undefined ? entry : withoutBrackets(named);
  return (port === "" || port === destination.port) && coversHost(name, destination.host);
}

function coversHost(name: string, host: string): boolean {
  if (isIP(name) === 0) {
    return isIP(host) === 0 && coversDomain(name, host);
  }
  return isIn(host, name, isIP(name) === 4 ? 32 : 128);
}

function coversDomain(entry: string, host: string): boolean {
  const pattern = entry.replace(/^\*(?=\.)/, "");
  const domain = pattern.replace(/^\./, "");
  const ascii = domainToASCII(domain) || domain;
  return domain !== "" && (host.endsWith(`.${ascii}`) || (domain === pattern && host === ascii));
}

function isIn(host: string, network: string, prefix: number): boolean {
  const bits = isIP(network) === 4 ? 32 : 128;
  if (isIP(host) === 0 || prefix > bits || (bits === 128 && isIP(host) === 4)) {
    return false;
  }
  const list = new BlockList();
  list.addSubnet(network, prefix, bits === 32 ? "ipv4" : "ipv6");
  return list.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
