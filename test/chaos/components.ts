import type { SimClock } from "../../sim/clock.ts";
import type { SimRequest, SimResponse, SimTransport } from "../../sim/transport.ts";

/** Parts of the world by name, each of which can be stopped and started again. */
export class Components {
  readonly #clock: SimClock;
  readonly #lives = new Map<string, AbortController>();
  readonly #delaysMs = new Map<string, number>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Ends a part as a kill does: its connections break, and nobody reaches it or is reached by it. */
  stop(name: string): void {
    this.#lifeOf(name).abort();
  }

  /** Starts a part that was stopped. */
  start(name: string): void {
    this.#lives.delete(name);
  }

  /** Has a part hear so much later of what it watches. */
  delayNews(name: string, byMs: number): void {
    this.#delaysMs.set(name, byMs);
  }

  /** A transport that works while the part of that name does. */
  through(name: string, transport: SimTransport): SimTransport {
    return async (request) => {
      const life = this.#lifeOf(name).signal;
      refuseIf(life);
      if (!isWatch(request)) {
        const response = await transport(request);
        resetIf(life);
        return response;
      }
      const response = await transport({ ...request, signal: AbortSignal.any([request.signal, life]) });
      return { ...response, body: resetWith(this.#delayed(response.body, name), life) };
    };
  }

  async *#delayed(body: SimResponse["body"], name: string): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      const delayMs = this.#delaysMs.get(name) ?? 0;
      if (delayMs > 0) {
        await this.#clock.sleep(delayMs);
      }
      yield chunk;
    }
  }

  #lifeOf(name: string): AbortController {
    const life = this.#lives.get(name) ?? new AbortController();
    this.#lives.set(name, life);
    return life;
  }
}

/** Whether a request opens a watch. */
export function isWatch({ path }: Pick<SimRequest, "path">): boolean {
  return path.includes("watch=true");
}

/** A failure of the network, with the code that Node gives it. */
export function networkError(code: "ECONNREFUSED" | "ECONNRESET"): Error {
  return Object.assign(new Error(`${code === "ECONNREFUSED" ? "connect" : "read"} ${code}`), { code });
}

/** What Node says about a certificate of an authority that is not trusted. */
export function certificateError(): Error {
  return Object.assign(new Error("self-signed certificate"), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
}

function refuseIf(life: AbortSignal): void {
  if (life.aborted) {
    throw networkError("ECONNREFUSED");
  }
}

function resetIf(life: AbortSignal): void {
  if (life.aborted) {
    throw networkError("ECONNRESET");
  }
}

async function* resetWith(
  body: SimResponse["body"],
  life: AbortSignal,
): SimResponse["body"] & AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    resetIf(life);
    yield chunk;
  }
  resetIf(life);
}
