/** An address to listen on. Without `host`, on all of them. */
export type BindAddress = { readonly host?: string; readonly port: number };

const HIGHEST_PORT = 65_535;

/** Reads `host:port`, `[ipv6]:port` or `:port`; `undefined` when it is none of them. */
export function parseBindAddress(text: string): BindAddress | undefined {
  const colon = text.lastIndexOf(":");
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (colon === -1 || !/^\d+$/u.test(digits) || port > HIGHEST_PORT) {
    return undefined;
  }
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/u, "$1");
  return host === "" ? { port } : { host, port };
}
