/** A request on its way through a proxy. */
export type PassingRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly userAgent: string;
  /** Bearer token; empty without one. */
  readonly token: string;
  readonly isWatch: boolean;
};

/** What may happen to a request. */
export type Fault =
  /** The connection breaks and the API server never sees the request. */
  | { readonly do: "cut" }
  /** An answer that the API server did not give. */
  | {
      readonly do: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** It waits, and goes on to the API server when the fault is lifted. */
  | { readonly do: "hold" }
  /** It only counts: the request goes on. */
  | { readonly do: "nothing" }
  /** There is never an answer, and the API server never sees the request. */
  | { readonly do: "swallow" }
  /** The API server acts on it, and the connection breaks before the answer. */
  | { readonly do: "losesAnswer" };

/** Which requests a fault is for. */
export type FaultScope = {
  readonly matches: (request: PassingRequest) => boolean;
  /** It lifts itself after so many requests. Default: never. */
  readonly times?: number;
};

const DEADLINE_MS = 30_000;

/** A fault in force. */
export class ActiveFault {
  readonly fault: Fault;
  readonly #scope: FaultScope;
  readonly #lifted = Promise.withResolvers<void>();
  readonly #waiting = new Set<{ readonly hits: number; readonly resolve: () => void }>();
  #hits = 0;
  #isLifted = false;

  constructor(fault: Fault, scope: FaultScope) {
    this.fault = fault;
    this.#scope = scope;
  }

  /** How many requests it has met. */
  get hits(): number {
    return this.#hits;
  }

  /** Resolves once it is lifted. */
  get lifted(): Promise<void> {
    return this.#lifted.promise;
  }

  /** Whether it is for this request, which then counts. */
  takes(request: PassingRequest): boolean {
    if (this.#isLifted || !this.#scope.matches(request)) {
      return false;
    }
    this.#hits += 1;
    for (const waiting of this.#waiting) {
      if (this.#hits >= waiting.hits) {
        this.#waiting.delete(waiting);
        waiting.resolve();
      }
    }
    if (this.#hits === this.#scope.times) {
      this.#isLifted = true;
    }
    return true;
  }

  /** Resolves once it has met so many requests; rejects when they do not come. */
  async met(hits: number = 1): Promise<void> {
    if (this.#hits >= hits) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = setTimeout(() => {
        reject(new Error(`expected ${hits} request(s) to meet "${this.fault.do}", found ${this.#hits}`));
      }, DEADLINE_MS);
      this.#waiting.add({
        hits,
        resolve: () => {
          clearTimeout(giveUp);
          resolve();
        },
      });
    });
  }

  /** Ends it; requests that it holds go on. */
  lift(): void {
    this.#isLifted = true;
    this.#lifted.resolve();
  }
}

/** A refusal in the words of an API server. */
export function refusal(code: number, reason: string, headers: Readonly<Record<string, string>> = {}): Fault {
  const status = {
    apiVersion: "v1",
    kind: "Status",
    metadata: {},
    status: "Failure",
    message: "injected",
    reason,
    code,
  };
  return {
    do: "answer",
    status: code,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(status),
  };
}
