import type { Ground, GroundCluster, LoggedRequest } from "../../ground/ground.ts";

/** What the provider asked of some clusters, watches and what belongs to their start left out. `verb path` each. */
export type Traffic = { readonly writes: readonly string[]; readonly reads: readonly string[] };

const WHAT_A_WATCH_ADDS = ["watch", "allowWatchBookmarks", "resourceVersion", "timeoutSeconds", "limit", "continue"];

/** Counts the provider's requests on the wire. */
export class ProviderTraffic {
  readonly #ground: Ground;
  readonly #clusters: readonly GroundCluster[];
  #before: ReadonlyMap<string, number> = new Map();

  constructor(ground: Ground, clusters: readonly GroundCluster[]) {
    this.#ground = ground;
    this.#clusters = clusters;
  }

  /** Forgets what there was so far. */
  async reset(): Promise<void> {
    const logs = await this.#logs();
    this.#before = new Map(logs.map(({ server, requests }) => [server, requests.length]));
  }

  /** What came since the last reset, or ever. */
  async read(): Promise<Traffic> {
    const logs = await this.#logs();
    const counted = logs.flatMap(({ server, requests }) =>
      withoutWatches(requests)
        .filter((request) => requests.indexOf(request) >= (this.#before.get(server) ?? 0))
        .map((request) => ({ isRead: isRead(request), text: `${request.verb} ${request.path} ${request.code}` })),
    );
    const texts = (wanted: boolean): string[] =>
      counted.filter(({ isRead: is }) => is === wanted).map(({ text }) => text);
    return { writes: texts(false), reads: texts(true) };
  }

  #logs(): Promise<readonly { readonly server: string; readonly requests: readonly LoggedRequest[] }[]> {
    return Promise.all(
      this.#clusters.map(async (cluster) => {
        const requests = await this.#ground.requests(cluster);
        const ours = requests.filter(({ userAgent }) => userAgent.startsWith("service-provider-ocm/"));
        return { server: cluster.server, requests: ours };
      }),
    );
  }
}

function isRead({ verb }: LoggedRequest): boolean {
  return verb === "get" || verb === "list";
}

/** Leaves out watches, and the lists they go on from. */
function withoutWatches(requests: readonly LoggedRequest[]): readonly LoggedRequest[] {
  const watched = new Set(requests.filter(({ verb }) => verb === "watch").map(selectionOf));
  return requests.filter(
    (request) => request.verb !== "watch" && !(request.verb === "list" && watched.has(selectionOf(request))),
  );
}

function selectionOf({ path }: LoggedRequest): string {
  const url = new URL(path, "https://cluster");
  WHAT_A_WATCH_ADDS.forEach((name) => url.searchParams.delete(name));
  url.searchParams.sort();
  return `${url.pathname}?${url.searchParams.toString()}`;
}
