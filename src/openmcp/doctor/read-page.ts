import { fixedCredentials } from "../../kube/credentials.ts";
import { readText } from "../../kube/transport.ts";
import { createTransport } from "../../kube/http-transport.ts";

const MAX_PAGE_BYTES = 50_000_000;

/** Reads a page that a process of this machine serves. */
export async function readPage(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const address = URL.parse(url);
  if (address === null || !/^https?:$/.test(address.protocol)) {
    throw new Error(`expected an address such as http://127.0.0.1:8081, found "${url}"`);
  }
  const { origin, pathname, search } = address;
  const credentials = fixedCredentials({ headers: {} });
  const transport = createTransport({ server: origin, insecureSkipTlsVerify: false, credentials });
  try {
    const { status, body } = await transport({ method: "GET", path: `${pathname}${search}`, headers: {}, signal });
    return { status, text: await readText(body, MAX_PAGE_BYTES) };
  } finally {
    void transport.close().catch(() => {});
  }
}
