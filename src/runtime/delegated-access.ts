import { createHmac, randomBytes } from "node:crypto";

import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { subjectAccessReviews, tokenReviews } from "../kube/core.ts";
import { withDeadline } from "../kube/deadline.ts";
import { isRecord } from "../kube/json.ts";
import { forgetOldest } from "./remember.ts";
import type { Log } from "./log.ts";

/** What is done with a request: it is served, or refused with an HTTP status and these words. */
export type Verdict = { readonly status: 200 } | { readonly status: 401 | 403 | 429 | 500; readonly message: string };

/** How access is delegated. */
export type DelegatedAccessOptions = {
  /** Client of the API server that knows the users. */
  readonly client: Pick<KubeClient, "review">;
  /** Path for which a user needs the verb `get`. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the reviews. */
  readonly signal: AbortSignal;
};

/** The user behind a token, as a SubjectAccessReview wants to have it. */
type User = {
  readonly user: string;
  readonly uid?: unknown;
  readonly groups: readonly string[];
  readonly extra?: unknown;
};

type Entry<T> = { readonly value: T; readonly until: number };

const REVIEW_TIMEOUT_MS = 10_000;
const TOKEN_MS = 60_000;
const ALLOWED_MS = 5 * 60_000;
const DENIED_MS = 30_000;
const MAX_USERS = 100;
const MAX_REFUSED = 1000;
/** Reviews of tokens that were never good: so many at once, and so many in a second. */
const MAX_STRANGERS = 10;
const AUTHENTICATED = "system:authenticated";

/**
 * Lets an API server decide who may read a page, by TokenReview and SubjectAccessReview.
 *
 * Keeps each answer for a bounded time: a token for a minute, a permission for five, a refusal of one for half a minute.
 * Tokens that were never good share a small budget of reviews, so that a flood of them costs the API server little, and
 * never delays the clients whose tokens are known. Holds no token, only its digest.
 */
export class DelegatedAccess {
  readonly #options: DelegatedAccessOptions;
  readonly #salt = randomBytes(32);
  /** Users by the digest of their token; an entry that is over proves that the token was good. */
  readonly #users = new Map<string, Entry<User>>();
  readonly #refused = new Map<string, Entry<undefined>>();
  readonly #permissions = new Map<string, Entry<boolean>>();
  /** Running reviews: clients that send the same token at the same time share one. */
  readonly #pending = new Map<string, Promise<Verdict>>();
  readonly #strangers: Budget;
  #isFailing = false;

  constructor(options: DelegatedAccessOptions) {
    this.#options = options;
    this.#strangers = new Budget(options.clock, MAX_STRANGERS);
  }

  /** Judges a request by its header `Authorization`. Never throws. */
  judge(authorization: string | undefined): Promise<Verdict> {
    const token = bearerTokenOf(authorization);
    if (token === undefined) {
      return Promise.resolve(UNAUTHORIZED);
    }
    const digest = createHmac("sha256", this.#salt).update(token).digest("base64");
    const running = this.#pending.get(digest);
    if (running !== undefined) {
      return running;
    }
    const pending = this.#judgeToken(token, digest).finally(() => this.#pending.delete(digest));
    this.#pending.set(digest, pending);
    return pending;
  }

  async #judgeToken(token: string, digest: string): Promise<Verdict> {
    let user: User | undefined;
    try {
      if (!this.#isRefused(digest)) {
        user = this.#current(this.#users, digest) ?? (await this.#authenticate(token, digest));
      }
    } catch (error) {
      return error instanceof BusyError ? BUSY : this.#failed("Authentication failed", error);
    }
    return user === undefined ? UNAUTHORIZED : this.#authorize(user);
  }

  async #authenticate(token: string, digest: string): Promise<User | undefined> {
    const ask = (): Promise<User | undefined> =>
      this.#review((signal) => this.#options.client.review(tokenReviews, { token }, signal)).then(userOf);
    const user = await (this.#users.has(digest) ? ask() : this.#strangers.spend(ask));
    // The entry moves to the end, so the ones that are not used any more are forgotten first.
    this.#users.delete(digest);
    if (user === undefined) {
      this.#keep(this.#refused, digest, { value: undefined, ms: TOKEN_MS, limit: MAX_REFUSED });
    } else {
      this.#keep(this.#users, digest, { value: user, ms: TOKEN_MS, limit: MAX_USERS });
    }
    return user;
  }

  async #authorize(user: User): Promise<Verdict> {
    const key = JSON.stringify(user);
    try {
      const isAllowed = this.#current(this.#permissions, key) ?? (await this.#askFor(user, key));
      return isAllowed ? SERVED : { status: 403, message: `Authorization denied for user ${user.user}` };
    } catch (error) {
      return this.#failed(`Authorization for user ${user.user} failed`, error);
    }
  }

  async #askFor(user: User, key: string): Promise<boolean> {
    const spec = { ...user, nonResourceAttributes: { path: this.#options.path, verb: "get" } };
    const status = await this.#review((signal) => this.#options.client.review(subjectAccessReviews, spec, signal));
    const value = status["allowed"] === true && status["denied"] !== true;
    this.#keep(this.#permissions, key, { value, ms: value ? ALLOWED_MS : DENIED_MS, limit: MAX_USERS });
    return value;
  }

  async #review<R>(ask: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const { clock, signal } = this.#options;
    const answer = await withDeadline({ clock, timeoutMs: REVIEW_TIMEOUT_MS, signal }, ask);
    this.#isFailing = false;
    return answer;
  }

  #failed(message: string, error: unknown): Verdict {
    const { log, path } = this.#options;
    // Once, and not for each scrape. Neither token nor user is in the error: it names our own request.
    if (!this.#isFailing) {
      log.warn({ err: error, path }, "cannot find out who may read the page");
    }
    this.#isFailing = true;
    return { status: 500, message };
  }

  #isRefused(digest: string): boolean {
    const entry = this.#refused.get(digest);
    return entry !== undefined && this.#options.clock.now() < entry.until;
  }

  #current<T>(entries: ReadonlyMap<string, Entry<T>>, key: string): T | undefined {
    const entry = entries.get(key);
    return entry !== undefined && this.#options.clock.now() < entry.until ? entry.value : undefined;
  }

  #keep<T>(
    entries: Map<string, Entry<T>>,
    key: string,
    { value, ms, limit }: { readonly value: T; readonly ms: number; readonly limit: number },
  ): void {
    entries.set(key, { value, until: this.#options.clock.now() + ms });
    forgetOldest(entries, limit);
  }
}

const SERVED: Verdict = { status: 200 };
const UNAUTHORIZED: Verdict = { status: 401, message: "Unauthorized" };
const BUSY: Verdict = { status: 429, message: "Too Many Requests" };

/** The token in a header `Authorization: Bearer <token>`, read as API servers do. */
export function bearerTokenOf(authorization: string | undefined): string | undefined {
  const [scheme = "", token = ""] = authorization?.trim().split(" ") ?? [];
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}

function userOf({ authenticated, user }: Readonly<Record<string, unknown>>): User | undefined {
  if (authenticated !== true || !isRecord(user) || typeof user["username"] !== "string") {
    return undefined;
  }
  const { username, uid, groups, extra } = user;
  const named = Array.isArray(groups) ? groups.filter((group) => typeof group === "string") : [];
  return {
    user: username,
    groups: [...new Set([...named, AUTHENTICATED])],
    ...(uid !== undefined && { uid }),
    ...(extra !== undefined && { extra }),
  };
}

/** There was no budget left for a review. */
class BusyError extends Error {
  override readonly name = "BusyError";
}

/** Limits how many calls run at the same time, and how many begin in any second, to the same number. */
class Budget {
  readonly #clock: Pick<Clock, "now">;
  readonly #limit: number;
  #running = 0;
  #begun: readonly number[] = [];

  constructor(clock: Pick<Clock, "now">, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Calls `ask`. Throws a `BusyError` when the budget is spent. */
  async spend<R>(ask: () => Promise<R>): Promise<R> {
    const now = this.#clock.now();
    this.#begun = this.#begun.filter((at) => now - at < 1000);
    if (this.#running >= this.#limit || this.#begun.length >= this.#limit) {
      throw new BusyError("too many reviews of unknown tokens");
    }
    this.#begun = [...this.#begun, now];
    this.#running += 1;
    try {
      return await ask();
    } finally {
      this.#running -= 1;
    }
  }
}
