import type { ControlPlaneRef } from "../../ground/ground.ts";
import type { SimClient } from "../../sim/client.ts";
import { kindOf } from "../../test/support/kinds.ts";
import type { ServiceObj } from "../../test/support/ocm-status.ts";

type Wait = { readonly isMet: (ocm: ServiceObj) => boolean; readonly resolve: (atMs: number) => void };

/** Follows all OCM objects through one watch, and tells when one of them has become what somebody waits for. */
export class OcmWatch implements Disposable {
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, ServiceObj>();
  readonly #waits = new Map<string, Wait>();

  /** `onboarding` must skip the network, or its way is measured too. */
  constructor(onboarding: SimClient) {
    void this.#follow(onboarding);
  }

  /** Resolves with the time, by `performance.now()`, at which an object is as wanted. One wait an object at a time. */
  until({ name, namespace }: ControlPlaneRef, isMet: (ocm: ServiceObj) => boolean): Promise<number> {
    const key = `${namespace}/${name}`;
    const seen = this.#seen.get(key);
    if (seen !== undefined && isMet(seen)) {
      return Promise.resolve(performance.now());
    }
    return new Promise((resolve) => {
      this.#waits.set(key, { isMet, resolve });
    });
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #follow(onboarding: SimClient): Promise<void> {
    for await (const event of onboarding.follow<ServiceObj>(kindOf("ocm"), this.#stop.signal)) {
      const changed = event.type === "restarted" ? event.objects : [event.object];
      changed.forEach((ocm) => this.#take(ocm));
    }
  }

  #take(ocm: ServiceObj): void {
    const key = `${ocm.metadata.namespace}/${ocm.metadata.name}`;
    this.#seen.set(key, ocm);
    const wait = this.#waits.get(key);
    if (wait?.isMet(ocm) === true) {
      this.#waits.delete(key);
      wait.resolve(performance.now());
    }
  }
}
