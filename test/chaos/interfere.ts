import type { SimClock } from "../../sim/clock.ts";
import type { TransportResponse } from "../../src/kube/transport.ts";
import { isWatch, networkError } from "./components.ts";
import { type Answer, chunkOf, type Exchange, type Interference, isWrite, refusalOf } from "./exchange.ts";
import type { Fault, Window } from "./faults.ts";

/** What faults are played with. */
export type FaultStage = {
  readonly clock: SimClock;
  readonly random: () => number;
  /** When the life began. */
  readonly startMs: number;
  /** Whether the life is over: what would go wrong at a later request does not. */
  readonly isOver: () => boolean;
  /** Name of the pod that leads. */
  readonly leader: () => string | undefined;
  /** Ends a provider as SIGKILL does, and starts it again after a while. */
  readonly crash: (provider: string, downMs: number) => void;
  /** Revision that a cluster's storage had at a time. */
  readonly revisionAt: (cluster: string, atMs: number) => string;
};

/** Plays one fault on the requests of the providers. Faults of whole components are played elsewhere. */
export function interfere(fault: Fault, stage: FaultStage): Interference | undefined {
  return fault.do === "watch" || fault.do === "lag" ? interfereWithReads(fault, stage) : interfereWithAll(fault, stage);
}

function interfereWithReads(fault: Extract<Fault, { do: "watch" | "lag" }>, stage: FaultStage): Interference {
  return fault.do === "watch"
    ? onWatches(fault, stage)
    : during({ ...fault, share: 1 }, stage, (exchange, send) => send(asOf(exchange, fault.lagMs, stage)));
}

function interfereWithAll(fault: Exclude<Fault, { do: "watch" | "lag" }>, stage: FaultStage): Interference | undefined {
  switch (fault.do) {
    case "crash":
      return crash(fault, stage);
    case "refuse":
      return during(fault, stage, (exchange, send) => refuse(fault.code, exchange, send));
    case "lose":
      return during(fault, stage, lose(fault, stage));
    case "mute":
      return during({ ...fault, share: 1 }, stage, lose({ what: "request", how: "silence" }, stage));
    case "forbid":
      return during({ ...fault, share: 1 }, stage, forbid(fault));
    case "slow":
      return during({ window: fault.window, share: 1 }, stage, slow(fault.upToMs, stage));
    case "partition":
      return partition(fault, stage);
    default:
      // It is not done to requests.
      return undefined;
  }
}

/** Cuts off whoever leads when it begins. */
function partition(fault: Fault & { readonly do: "partition" }, stage: FaultStage): Interference {
  let cutOff: string | undefined;
  return during({ window: fault.window, share: 1 }, stage, (exchange, send) => {
    cutOff ??= stage.leader() ?? exchange.from;
    const isCut = exchange.from === cutOff && (fault.from === "everything" || exchange.kind === "platform");
    return isCut ? lose({ what: "request", how: "silence" }, stage)(exchange, send) : send(exchange);
  });
}

type Scope = { readonly on?: Exchange["kind"]; readonly window: Window; readonly share: number };

function during(scope: Scope, stage: FaultStage, act: Interference): Interference {
  return (exchange, send) =>
    (scope.on === undefined || scope.on === exchange.kind) &&
    isNow(scope.window, stage) &&
    (scope.share === 1 || stage.random() < scope.share)
      ? act(exchange, send)
      : send(exchange);
}

function isNow({ fromMs, forMs }: Window, { clock, startMs }: FaultStage): boolean {
  const now = clock.now() - startMs;
  return now >= fromMs && now < fromMs + forMs;
}

function crash({ at, moment, downMs }: Fault & { readonly do: "crash" }, stage: FaultStage): Interference {
  return async (exchange, send) => {
    if (exchange.number !== at || stage.isOver()) {
      return send(exchange);
    }
    if (moment === "after") {
      await send(exchange);
    }
    stage.crash(exchange.from, downMs);
    return refusalOf(500);
  };
}

function isOfGroup({ request }: Exchange, group: string | undefined): boolean {
  return group === undefined || request.path.startsWith(`/apis/${group}/`);
}

async function refuse(code: number, exchange: Exchange, send: (exchange: Exchange) => Answer): Answer {
  // A conflict is an answer to a write.
  if (code === 409 && !isWrite(exchange)) {
    return send(exchange);
  }
  return refusalOf(code, code === 429 || code === 503 ? { "retry-after": "1" } : {});
}

function forbid({ verb, resource, group }: Fault & { readonly do: "forbid" }): Interference {
  return async (exchange, send) => {
    const [path = ""] = exchange.request.path.split("?");
    const isMeant =
      !isWrite(exchange) &&
      path.endsWith(`/${resource}`) &&
      isOfGroup(exchange, group) &&
      isWatch(exchange.request) === (verb === "watch");
    return isMeant ? refusalOf(403) : send(exchange);
  };
}

function lose(
  { what, how }: Pick<Fault & { readonly do: "lose" }, "what" | "how">,
  { clock }: FaultStage,
): Interference {
  return async (exchange, send) => {
    if (what === "answer") {
      await send(exchange);
    }
    if (how === "silence") {
      // Longer than any patience; who gives up earlier aborts.
      await clock.sleep(3_600_000, exchange.request.signal);
      exchange.request.signal.throwIfAborted();
    }
    throw networkError("ECONNRESET");
  };
}

/** Has every request, and every answer, take up to so long. */
export function slow(upToMs: number, { clock, random }: Pick<FaultStage, "clock" | "random">): Interference {
  return async (exchange, send) => {
    await clock.sleep(random() * upToMs);
    const answer = await send(exchange);
    await clock.sleep(random() * upToMs);
    return answer;
  };
}

/** The same list as it was some time ago, as an API server that lags would give it. */
function asOf(exchange: Exchange, lagMs: number, { clock, revisionAt }: FaultStage): Exchange {
  const { request, cluster } = exchange;
  const [path = "", query = ""] = request.path.split("?");
  const parameters = new URLSearchParams(query);
  const isList = request.method === "GET" && parameters.has("limit") && !parameters.has("continue");
  if (!isList) {
    return exchange;
  }
  parameters.set("resourceVersion", revisionAt(cluster, clock.now() - lagMs));
  parameters.set("resourceVersionMatch", "Exact");
  return { ...exchange, request: { ...request, path: `${path}?${parameters.toString()}` } };
}

function onWatches(fault: Fault & { readonly do: "watch" }, stage: FaultStage): Interference {
  return async (exchange, send) => {
    if (fault.on !== exchange.kind || !isWatch(exchange.request) || !isOfGroup(exchange, fault.group)) {
      return send(exchange);
    }
    const { what } = fault;
    if (what === "forget" && isNow(fault.window, stage) && stage.random() < fault.share) {
      return {
        status: 200,
        headers: {},
        body: chunkOf({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } }),
      };
    }
    const response = await send(exchange);
    return { ...response, body: disturbed(response.body, fault, stage) };
  };
}

async function* disturbed(
  body: TransportResponse["body"],
  fault: Fault & { readonly do: "watch" },
  stage: FaultStage,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    const what = isNow(fault.window, stage) && stage.random() < fault.share ? fault.what : undefined;
    if (what === "delay") {
      await stage.clock.sleep(fault.delayMs);
    }
    if (what === "drop") {
      throw networkError("ECONNRESET");
    }
    yield* what === "duplicate" ? [chunk, chunk] : [chunk];
    if (what === "forget") {
      return;
    }
  }
}
