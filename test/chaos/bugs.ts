import { serveTenants } from "../../src/openmcp/program/run.ts";
import { runAsLeader } from "../../src/runtime/leader.ts";
import { chunkOf, type Exchange, type Interference, never, refusalOf } from "./exchange.ts";
import type { TransportResponse } from "../../src/kube/transport.ts";
import type { Work } from "./provider.ts";

/** A provider with a mistake: it does its work in another way, or something else reaches the clusters than it sends. */
export type Bug = { readonly work?: Work; readonly interference?: Interference };

const OCM_STATUS = /\/ocms\/[^/]+\/status/;

/** Lets go of an OCM object as soon as its deletion has begun. */
export const finalizerTooEarly: Bug = {
  interference: async (exchange, send) => {
    const answer = await send(exchange);
    if (isStatusPatch(exchange) && exchange.request.body?.includes('"Terminating"') === true) {
      const path = exchange.request.path.replace("/status", "");
      await send(withRequest(exchange, { path, body: JSON.stringify({ metadata: { finalizers: [] } }) }));
    }
    return answer;
  },
};

/** Goes on working when the lease is lost, and does not ask whether it may write. */
export const writesWithoutLease: Bug = {
  work: async (deps, signal) => {
    const { platform, namespace, clock, random, log } = deps.workplace;
    await runAsLeader({
      client: platform,
      namespace,
      name: "sp-ocm",
      identity: `${deps.podName}_bug`,
      clock,
      random,
      log,
      signal,
      lead: () => serveTenants(deps, signal),
    });
    await never();
  },
};

/** Calls an object Ready for its present generation because it was Ready for the one before. */
export const readyFromStaleGeneration: Bug = {
  interference: (exchange, send) => {
    const { body } = exchange.request;
    const isNewer = isStatusPatch(exchange) && body !== undefined && /"observedGeneration":[2-9]/.test(body);
    return send(isNewer ? withRequest(exchange, { body: allTrue(body) }) : exchange);
  },
};

/** Believes a list without the requests for control planes from the moment on at which a tenant is Ready, and asks nobody else. */
export function deletesOnStaleList(): Bug {
  const ready = new AbortController();
  return {
    interference: async (exchange, send) => {
      const { method, path, body, signal } = exchange.request;
      if (isStatusPatch(exchange) && body?.includes('"phase":"Ready"') === true) {
        ready.abort();
      }
      if (method !== "GET" || !path.includes("/clusterrequests") || path.includes("/openmcp-system/")) {
        return send(exchange);
      }
      return ready.signal.aborted
        ? staleAnswer(exchange)
        : send(withRequest(exchange, { signal: AbortSignal.any([signal, ready.signal]) }));
    },
  };
}

/** A list of nothing, and a watch without news. */
export function staleAnswer(exchange: Exchange): TransportResponse {
  const { path } = exchange.request;
  if (path.includes("/clusterrequests/")) {
    return refusalOf(404);
  }
  if (path.includes("watch=true")) {
    const isOld = !path.includes("resourceVersion=1&");
    const forgotten = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } };
    return { status: 200, headers: {}, body: isOld ? chunkOf(forgotten) : silence(exchange) };
  }
  const list = { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "1" }, items: [] };
  return { status: 200, headers: {}, body: chunkOf(list) };
}

/** Serves nobody until a control plane that was asked has answered. */
export function waitsForTheMute(): Bug {
  const owed = new Map<string, PromiseWithResolvers<void>>();
  return {
    interference: async (exchange, send) => {
      const { cluster, kind } = exchange;
      if (kind !== "mcp") {
        await Promise.all(owed.values().map(({ promise }) => promise));
        return send(exchange);
      }
      owed.set(cluster, owed.get(cluster) ?? Promise.withResolvers());
      const answer = await send(exchange);
      owed.get(cluster)?.resolve();
      owed.delete(cluster);
      return answer;
    },
  };
}

/** Does nothing else until it may list what it was refused. */
export function insistsOnTheForbidden(): Bug {
  let refused: string | undefined;
  const allowed: (() => void)[] = [];
  return {
    interference: async (exchange, send) => {
      const { path } = exchange.request;
      if (refused !== undefined && path !== refused) {
        await new Promise<void>((resolve) => void allowed.push(resolve));
      }
      const answer = await send(exchange);
      if (answer.status === 403) {
        refused = path;
      } else if (path === refused) {
        refused = undefined;
        allowed.splice(0).forEach((allow) => allow());
      }
      return answer;
    },
  };
}

/** Forgets to give a workload cluster back. */
export const leavesClusterBehind: Bug = {
  interference: async (exchange, send) =>
    exchange.request.method === "DELETE" && exchange.request.path.includes("/clusterrequests/")
      ? refusalOf(404)
      : send(exchange),
};

/** Takes no notice of what its own writes were answered, and knows of them only when a watch tells. */
export const forgetsOwnWrites: Bug = {
  interference: async (exchange, send) => {
    const { method, path } = exchange.request;
    const [object = ""] = path.split("?");
    if (method !== "PATCH" || !/\/(ocirepositories|helmreleases)\//u.test(path)) {
      return send(exchange);
    }
    const { body: _body, ...request } = exchange.request;
    const before = await send({ ...exchange, request: { ...request, method: "GET", path: object } });
    const answer = await send(exchange);
    return before.status === 200 ? before : answer;
  },
};

/** Forgets to remove the chart's source. */
export const leavesSourceBehind: Bug = {
  interference: async (exchange, send) =>
    exchange.request.method === "DELETE" && exchange.request.path.includes("/ocirepositories/")
      ? refusalOf(404)
      : send(exchange),
};

/** Repeats a password in what a tenant reads. */
export const tellsSecrets: Bug = {
  interference: (exchange, send) => {
    const body = exchange.request.body?.replace("fetching chart", "fetching with correct horse chart");
    return send(isStatusPatch(exchange) && body !== undefined ? withRequest(exchange, { body }) : exchange);
  },
};

/** Removes a Secret of somebody else along with a copy. */
export const touchesForeignObjects: Bug = {
  interference: async (exchange, send) => {
    const { method, path } = exchange.request;
    if (method === "DELETE" && path.includes("/secrets/sp-ocm-chart-registry")) {
      await send(withRequest(exchange, { path: path.replace("chart-registry", "foreign"), body: "{}" }));
    }
    return send(exchange);
  },
};

function isStatusPatch({ request }: Exchange): boolean {
  return request.method === "PATCH" && OCM_STATUS.test(request.path);
}

/** The same exchange with another request. */
export function withRequest(exchange: Exchange, change: Partial<Exchange["request"]>): Exchange {
  return { ...exchange, request: { ...exchange.request, ...change } };
}

/** A status in which every condition is True. */
export function allTrue(body: string): string {
  return body.replaceAll('"status":"False"', '"status":"True"').replace('"phase":"Progressing"', '"phase":"Ready"');
}

async function* silence({ request }: Exchange): AsyncGenerator<Uint8Array> {
  await new Promise((resolve) => request.signal.addEventListener("abort", resolve, { once: true }));
  yield new Uint8Array();
}
