import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { secrets } from "../../kube/core.ts";
import { ApiError, UnreachableError } from "../../kube/errors.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { keyOf } from "../../runtime/key.ts";
import type { AccessRequest } from "../platform/kinds.ts";
import {
  type KubeconfigReview,
  reviewKubeconfig,
  type TokenLifetime,
  tokenLifetime,
} from "../platform/kubeconfig-secret.ts";
import { accessState, type Tenant } from "../platform/tenant-access.ts";
import type { Pass } from "./service.ts";

/** What the reviews work with. `N` are the names of a tenant's objects, `T` the object that asks for them. */
export type KubeconfigReviewsDeps<T, N> = {
  readonly platform: { readonly client: Pick<KubeClient, "get"> };
  readonly clock: Clock;
  /** The tenant's AccessRequest, as far as it is one of the provider's. */
  readonly accessRequestOf: (names: N) => AccessRequest | undefined;
  /** Whether a tenant has come to an end, good or bad, for which the kubeconfig may be the cause. */
  readonly isAtRest: (object: T) => boolean;
};

type Look<N> = { readonly objects: N; readonly pass: Pass; readonly recheckAfterMs: number };
type Reviewed = {
  readonly uid: string | undefined;
  readonly review: KubeconfigReview;
  readonly lifetime: TokenLifetime | undefined;
  readonly atMs: number;
};

/** The platform renews a token after 80 % of its life. One that is not renewed by then is read now and again. */
const RENEWED_AFTER = 0.85;
const READ_AGAIN_AFTER = 0.002;

/**
 * Reviews the kubeconfigs that tenants are granted.
 *
 * Each is read once after a start, once for each access, when somebody asks for a check, and when its token should have
 * been renewed: a settled tenant costs no request, and one on its way is not held up.
 */
export class KubeconfigReviews<T, N extends { readonly tenant: Tenant; readonly namespace: string }> {
  readonly #deps: KubeconfigReviewsDeps<T, N>;
  readonly #reviewed = new Map<string, Reviewed>();
  readonly #arrivingUntil = new Map<string, number>();

  constructor(deps: KubeconfigReviewsDeps<T, N>) {
    this.#deps = deps;
  }

  /** Reviews the kubeconfig of a tenant, if that is due and the platform hands it out. */
  async look(object: T, { objects, pass, recheckAfterMs }: Look<N>): Promise<void> {
    const access = this.#accessOf(objects);
    const isArriving = this.#isArriving(object, keyOf(objects.tenant), recheckAfterMs);
    const isDue =
      pass.force || this.#isAging(keyOf(objects.tenant)) || (this.known(objects) === undefined && !isArriving);
    if (access === undefined || !isDue) {
      return;
    }
    try {
      const secret = await this.#deps.platform.client.get(secrets, access.secret, pass.signal);
      const [review, lifetime] = [reviewKubeconfig(secret), tokenLifetime(secret)];
      const atMs = this.#deps.clock.now();
      this.#reviewed.set(keyOf(objects.tenant), { uid: access.uid, review, lifetime, atMs });
    } catch (error) {
      // The next pass looks again. Whoever uses the kubeconfig says what comes of one that is not there.
      if (!(error instanceof ApiError || error instanceof UnreachableError)) {
        throw error;
      }
    }
  }

  /** What is known of the kubeconfig that is granted now. */
  known(objects: N): KubeconfigReview | undefined {
    const reviewed = this.#reviewed.get(keyOf(objects.tenant));
    return reviewed !== undefined && reviewed.uid === this.#accessOf(objects)?.uid ? reviewed.review : undefined;
  }

  /**
   * The last review for a tenant, of whichever access, with another identity after each review; `undefined` when there is
   * none, or its time has come to be repeated.
   */
  last(key: string): object | undefined {
    return this.#isAging(key) ? undefined : this.#reviewed.get(key);
  }

  /**
   * When the first of the tokens expires, as far as that is known: one that should have been renewed since its Secret was
   * read is left out until the Secret is read again.
   */
  tokenExpiresAtMs(): number | undefined {
    const now = this.#deps.clock.now();
    const ends = [...this.#reviewed.values()].flatMap(({ lifetime, atMs }) => {
      const renewalMs = lifetime === undefined ? now : renewalOf(lifetime);
      return lifetime === undefined || (now >= renewalMs && atMs < renewalMs) ? [] : [lifetime.endMs];
    });
    return ends.length === 0 ? undefined : ends.reduce((one, other) => Math.min(one, other));
  }

  /** Forgets the review for the tenant's object of this key. */
  forget(key: string): void {
    this.#reviewed.delete(key);
    this.#arrivingUntil.delete(key);
  }

  #isAging(key: string): boolean {
    const { lifetime, atMs = 0 } = this.#reviewed.get(key) ?? {};
    if (lifetime === undefined) {
      return false;
    }
    const now = this.#deps.clock.now();
    const againMs = atMs + READ_AGAIN_AFTER * (lifetime.endMs - lifetime.beginMs);
    return now >= renewalOf(lifetime) && (atMs < renewalOf(lifetime) || now >= againMs);
  }

  // The passes that follow each other while a tenant arrives are not held up: its kubeconfig can wait for the next check.
  #isArriving(object: T, key: string, recheckAfterMs: number): boolean {
    const until = this.#arrivingUntil.get(key);
    const now = this.#deps.clock.now();
    if (!this.#deps.isAtRest(object)) {
      this.#arrivingUntil.set(key, Number.POSITIVE_INFINITY);
      return true;
    }
    if (until === Number.POSITIVE_INFINITY) {
      this.#arrivingUntil.set(key, now + recheckAfterMs / 2);
      return true;
    }
    return until !== undefined && now < until;
  }

  #accessOf(objects: N): { readonly uid: string | undefined; readonly secret: ObjectRef } | undefined {
    const accessRequest = this.#deps.accessRequestOf(objects);
    const state = accessState(accessRequest);
    return state.state === "granted"
      ? { uid: accessRequest?.metadata.uid, secret: { namespace: objects.namespace, name: state.secretName } }
      : undefined;
  }
}

/** When the platform should have renewed a token. */
function renewalOf({ beginMs, endMs }: TokenLifetime): number {
  return beginMs + RENEWED_AFTER * (endMs - beginMs);
}
