import type { SimClock } from "../../clock.ts";
import { unauthorized } from "../api/api-error.ts";
import { type Random, randomSuffix } from "../api/random-text.ts";

/** Who sends a request. */
export type User = {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** Present for tokens that are tied to an object, which has to exist for the token to be good. */
  readonly boundTo?: BoundTo;
};

/** The service account a token belongs to. */
export type BoundTo = { readonly namespace: string; readonly name: string; readonly uid: string };

type Issued = { readonly user: User; readonly expiresAt: number };

const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const TOKEN_LENGTH = 40;

/** Bearer tokens and whom they stand for. */
export class Tokens {
  readonly #issued = new Map<string, Issued>();
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #isThere: (bound: BoundTo) => boolean;

  /** `isThere` says whether the object a token is bound to still exists. */
  constructor(deps: {
    readonly clock: SimClock;
    readonly random: Random;
    readonly isThere: (bound: BoundTo) => boolean;
  }) {
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#isThere = deps.isThere;
  }

  /** Makes `token` stand for `user` until it is revoked. */
  accept(token: string, user: User): void {
    this.#issued.set(token, { user, expiresAt: Number.POSITIVE_INFINITY });
  }

  /** Makes a new token, good for `ttlMs` (for ever without). */
  issue(user: User, ttlMs: number = Number.POSITIVE_INFINITY): string {
    const token = `sim.${randomSuffix(this.#random, TOKEN_LENGTH)}`;
    this.#issued.set(token, { user, expiresAt: this.#clock.now() + ttlMs });
    return token;
  }

  revoke(token: string): void {
    this.#issued.delete(token);
  }

  /** The user behind a token, or `undefined` when the token is unknown or over. */
  userOf(token: string): User | undefined {
    const issued = this.#issued.get(token);
    if (issued === undefined || issued.expiresAt <= this.#clock.now()) {
      this.#issued.delete(token);
      return undefined;
    }
    const { boundTo } = issued.user;
    return boundTo === undefined || this.#isThere(boundTo) ? issued.user : undefined;
  }

  /** The user behind an `Authorization` header; nobody in particular without one, an error for a bad one. */
  authenticate(authorization: string | undefined): User {
    if (authorization === undefined) {
      return ANONYMOUS;
    }
    const [, token] = /^Bearer\s+(\S+)$/i.exec(authorization) ?? [];
    const user = token === undefined ? undefined : this.userOf(token);
    if (user === undefined) {
      throw unauthorized();
    }
    return authenticated(user);
  }
}

/** The user with the group that everybody has who was authenticated. */
export function authenticated(user: User): User {
  return { ...user, groups: [...new Set([...user.groups, "system:authenticated"])] };
}
