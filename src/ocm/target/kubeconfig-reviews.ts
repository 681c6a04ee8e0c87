import type { Clock } from "../../kube/clock.ts";
import { ApiError, UnreachableError } from "../../kube/errors.ts";
import { secrets } from "../../kube/core.ts";
import type { ObjectRef } from "../../kube/object.ts";
import { accessState } from "../../openmcp/platform/tenant-access.ts";
import { type KubeconfigReview, reviewKubeconfig } from "../../openmcp/platform/kubeconfig-secret.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { keyOf } from "../../runtime/key.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { observe } from "../state.ts";
import type { OCM } from "../api/objects.ts";
import type { Platform } from "../state.ts";
import type { TenantObjects } from "../tenant-objects.ts";

type Look = { readonly objects: TenantObjects; readonly pass: Pass; readonly recheckAfterMs: number };
type Reviewed = { readonly uid: string | undefined; readonly review: KubeconfigReview };

/**
 * Reviews the kubeconfigs that tenants are granted.
 *
 * Each is read once after a start, once for each access, and when somebody asks for a check: a settled tenant costs no
 * request, and one on its way is not held up.
 */
export class KubeconfigReviews {
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #reviewed = new Map<string, Reviewed>();
  readonly #arrivingUntil = new Map<string, number>();

  constructor({ platform, clock }: { readonly platform: Platform; readonly clock: Clock }) {
    this.#platform = platform;
    this.#clock = clock;
  }

  /** Reviews the kubeconfig of a tenant, if that is due and the platform hands it out. */
  async look(ocm: OCM, { objects, pass, recheckAfterMs }: Look): Promise<void> {
    const access = this.#accessOf(objects);
    const isArriving = this.#isArriving(ocm, keyOf(objects.tenant), recheckAfterMs);
    const isDue = pass.force || (this.known(objects) === undefined && !isArriving);
    if (access === undefined || !isDue) {
      return;
    }
    try {
      const secret = await this.#platform.client.get(secrets, access.secret, pass.signal);
      this.#reviewed.set(keyOf(objects.tenant), { uid: access.uid, review: reviewKubeconfig(secret) });
    } catch (error) {
      // The next pass looks again. Flux says what comes of a kubeconfig that is not there.
      if (!(error instanceof ApiError || error instanceof UnreachableError)) {
        throw error;
      }
    }
  }

  /** What is known of the kubeconfig that is granted now. */
  known(objects: TenantObjects): KubeconfigReview | undefined {
    const reviewed = this.#reviewed.get(keyOf(objects.tenant));
    return reviewed !== undefined && reviewed.uid === this.#accessOf(objects)?.uid ? reviewed.review : undefined;
  }

  /** Forgets the review of the OCM object of this key. */
  forget(key: string): void {
    this.#reviewed.delete(key);
    this.#arrivingUntil.delete(key);
  }

  // The passes that follow each other while a tenant arrives are not held up: its kubeconfig can wait for the next check.
  #isArriving(ocm: OCM, key: string, recheckAfterMs: number): boolean {
    const until = this.#arrivingUntil.get(key);
    const now = this.#clock.now();
    if (!isAtRest(ocm)) {
      this.#arrivingUntil.set(key, Number.POSITIVE_INFINITY);
      return true;
    }
    if (until === Number.POSITIVE_INFINITY) {
      this.#arrivingUntil.set(key, now + recheckAfterMs / 2);
      return true;
    }
    return until !== undefined && now < until;
  }

  #accessOf(objects: TenantObjects): { readonly uid: string | undefined; readonly secret: ObjectRef } | undefined {
    const { accessRequest } = observe(this.#platform.stores, objects);
    const state = accessState(accessRequest);
    return state.state === "granted"
      ? { uid: accessRequest?.metadata.uid, secret: { namespace: objects.namespace, name: state.secretName } }
      : undefined;
  }
}

// Whether an installation has come to an end, good or bad, for which the kubeconfig may be the cause.
function isAtRest({ status }: OCM): boolean {
  const conditions = status?.conditions ?? [];
  const reason = findCondition(conditions, "ReleaseReady")?.reason ?? "";
  const isFailing = ["ReleaseFailed", "ClusterUnreachable"].includes(reason);
  return isFailing || findCondition(conditions, "Ready")?.status === "True";
}
