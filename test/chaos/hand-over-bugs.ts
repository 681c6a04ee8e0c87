import { CURRENT_GROUP, EARLIER_GROUP } from "../support/kinds.ts";
import { allTrue, type Bug, staleAnswer, withRequest } from "./bugs.ts";
import { type Exchange, isWrite, refusalOf } from "./exchange.ts";
import type { TransportResponse } from "../../src/kube/transport.ts";

/** Knows nothing of OCM objects of the current API group, and so uninstalls with the other one. */
export const knowsOneGroup: Bug = {
  interference: async (exchange, send) => {
    if (!isOfOcms(exchange, CURRENT_GROUP) || isWrite(exchange)) {
      return send(exchange);
    }
    return /\/ocms\//u.test(exchange.request.path) ? refusalOf(404) : staleAnswer(exchange);
  },
};

/** Gives the old access back as soon as it requests the new one, while Flux works with the old one. */
export const movesAccessTooEarly: Bug = {
  interference: async (exchange, send) => {
    const { method, path } = exchange.request;
    const [place = ""] = path.split("?");
    if (method === "PATCH" && place.includes(`/accessrequests/${CURRENT_GROUP}--`)) {
      await deleteAt(place.replace(CURRENT_GROUP, EARLIER_GROUP), exchange, send);
    }
    return send(exchange);
  },
};

/** Forgets to give the old access back. */
export const leavesAccessBehind: Bug = {
  interference: async (exchange, send) => {
    const { method, path } = exchange.request;
    return method === "DELETE" && path.includes(`/accessrequests/${EARLIER_GROUP}--`) ? refusalOf(404) : send(exchange);
  },
};

/** Takes a hand-over for an occasion to install with other values. */
export const changesValuesOnHandOver: Bug = {
  interference: async (exchange, send) => {
    const { method, path, body = "" } = exchange.request;
    const isOfTwin = method === "PATCH" && path.includes("/helmreleases/") && body.includes(CURRENT_GROUP);
    return send(isOfTwin ? withRequest(exchange, { body: withValues(body) }) : exchange);
  },
};

/** Makes the HelmRelease anew on a hand-over, by a request that does not name it. */
export const makesReleaseAnew: Bug = {
  interference: async (exchange, send) => {
    const { method, path, body = "" } = exchange.request;
    const [place = ""] = path.split("?");
    if (method === "PATCH" && place.includes("/helmreleases/") && body.includes(CURRENT_GROUP)) {
      const collection = place.slice(0, place.lastIndexOf("/"));
      await send(withRequest(exchange, { method: "DELETE", path: collection, body: "{}" }));
    }
    return send(exchange);
  },
};

/** Has whoever follows be Ready for what it asks for, whatever the leader asks for. */
export const flattersFollowers: Bug = {
  interference: async (exchange, send) => {
    const { body } = exchange.request;
    const isTold = isStatusOf(exchange, EARLIER_GROUP) && body?.includes("LeaderDiffers") === true;
    return send(isTold ? withRequest(exchange, { body: allTrue(body) }) : exchange);
  },
};

/** Says to whoever follows what the leader does when it has done it. */
export const tellsFollowersLate: Bug = {
  interference: async (exchange, send) => {
    const isLost = isStatusOf(exchange, EARLIER_GROUP) && exchange.request.body?.includes("LeaderDiffers") === true;
    return isLost ? refusalOf(404) : send(exchange);
  },
};

/** Holds both objects. */
export const holdsBoth: Bug = {
  interference: async (exchange, send) => {
    const { method, path, body = "" } = exchange.request;
    const isLettingGo = method === "PATCH" && body.includes('"remove"') && body.includes("/metadata/finalizers");
    if (!isOfOcms(exchange, EARLIER_GROUP) || !isLettingGo) {
      return send(exchange);
    }
    return send(read(exchange, path));
  },
};

/** Does not tell who follows that it does. */
export const keepsTheLeaderSecret: Bug = {
  interference: async (exchange, send) => {
    const { body } = exchange.request;
    const isTold = isStatusOf(exchange, EARLIER_GROUP) && body?.includes('"Follows"') === true;
    return send(
      isTold
        ? withRequest(exchange, { body: body.replaceAll("API group", "group").replaceAll(CURRENT_GROUP, "") })
        : exchange,
    );
  },
};

function isOfOcms({ request: { path } }: Exchange, group: string): boolean {
  return path.startsWith(`/apis/${group}/`) && /\/ocms(?:[/?]|$)/u.test(path);
}

function isStatusOf(exchange: Exchange, group: string): boolean {
  return isOfOcms(exchange, group) && exchange.request.method === "PATCH" && exchange.request.path.includes("/status");
}

function read(exchange: Exchange, path: string): Exchange {
  const { body: _body, ...request } = exchange.request;
  const [place = ""] = path.split("?");
  return { ...exchange, request: { ...request, method: "GET", path: place } };
}

async function deleteAt(
  path: string,
  exchange: Exchange,
  send: (exchange: Exchange) => Promise<TransportResponse>,
): Promise<void> {
  const found = await send(read(exchange, path));
  const [, uid] = /"uid":"([^"]+)"/u.exec(await textOf(found)) ?? [];
  if (found.status === 200) {
    const body = JSON.stringify({ preconditions: { uid } });
    await send(withRequest(exchange, { method: "DELETE", path, body }));
  }
}

async function textOf({ body }: TransportResponse): Promise<string> {
  const chunks = await Array.fromAsync(body);
  return Buffer.concat(chunks).toString();
}

function withValues(body: string): string {
  const release = JSON.parse(body) as { spec: Readonly<Record<string, unknown>> };
  return JSON.stringify({ ...release, spec: { ...release.spec, values: { manager: { replicas: 2 } } } });
}
