import { AsyncLocalStorage } from "node:async_hooks";
import { isDeepStrictEqual } from "node:util";

import type { KubeClient } from "../../src/kube/client.ts";
import type { OCM } from "../../src/ocm/api/objects.ts";
import { definition } from "../../src/ocm/provider.ts";
import type { Settings } from "../../src/ocm/settings.ts";
import { type ServiceProvider, serviceProvider } from "../../src/openmcp/program/service-provider.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import type { Actions, Frame } from "../../src/openmcp/service/definition.ts";
import type { Pass, PassOutcome } from "../../src/openmcp/service/service.ts";
import { addState, States } from "../../src/openmcp/service/states.ts";
import { isReadyNow } from "../../src/openmcp/service/status.ts";
import { keyOf } from "../../src/runtime/key.ts";
import { areSame, type Basis } from "../../src/runtime/rest.ts";

/** What one pass has asked of anybody. */
type Asked = { count: number };

type Quiet = { readonly basis: Basis; readonly outcome: PassOutcome };

/**
 * The shipped provider, but none of its passes is spared: it tells of each pass that would have been spared and would
 * have been missed.
 *
 * That is one with the basis of a pass that has asked nobody, and that asks somebody or comes to another end.
 */
export function sleepless(tell: (violation: string) => void): ServiceProvider {
  return serviceProvider({ ...definition, service: (frame) => new Sleepless(frame, tell).actions });
}

class Sleepless {
  readonly actions: Actions<OCM>;
  readonly #frame: Frame<Settings>;
  readonly #tell: (violation: string) => void;
  readonly #asked = new AsyncLocalStorage<Asked>();
  readonly #addStates: ((states: unknown[], namespace: string) => void)[];
  readonly #quiet = new Map<string, Quiet>();
  readonly #shipped: Actions<OCM>;

  constructor(frame: Frame<Settings>, tell: (violation: string) => void) {
    this.#frame = frame;
    this.#tell = tell;
    const { clusterRequests, accessRequests } = frame;
    this.#addStates = [clusterRequests, accessRequests].map(
      (store) => (found, namespace) => store.inNamespace(namespace).forEach((object) => addState(found, object)),
    );
    const { targets } = frame;
    this.#shipped = definition.service({
      ...frame,
      platform: this.#counted(frame.platform),
      targets: {
        visit: (secret, pass, work) => {
          this.#count();
          return targets.visit(secret, pass, work);
        },
      },
      watch: (resource, selection, readings = {}) => {
        const store = frame.watch(resource, selection, readings);
        const states = new States(readings.whenReady);
        this.#addStates.push((found, namespace) =>
          store.inNamespace(namespace).forEach((object) => states.add(found, object)),
        );
        return store;
      },
    });
    this.actions = { ...this.#shipped, basis: () => undefined, ensure: (ocm, pass) => this.#ensure(ocm, pass) };
  }

  #ensure(ocm: OCM, pass: Pass): Promise<PassOutcome> {
    const asked: Asked = { count: 0 };
    const counting: Pass = {
      ...pass,
      dropReady: () => {
        this.#count();
        return pass.dropReady();
      },
    };
    return this.#asked.run(asked, () => this.#watched(ocm, counting, asked));
  }

  async #watched(ocm: OCM, pass: Pass, asked: Asked): Promise<PassOutcome> {
    const key = keyOf(ocm);
    const basis = this.#basisOf(ocm);
    const last = this.#quiet.get(key);
    const expected = last !== undefined && !pass.force && areSame(last.basis, basis) ? last.outcome : undefined;
    this.#quiet.delete(key);
    const outcome = await this.#shipped.ensure(ocm, pass).catch((error: unknown) => {
      asked.count += 1;
      this.#judge(key, { asked, expected, found: String(error) });
      throw error;
    });
    this.#judge(key, { asked, expected, found: outcome });
    const isPassing = this.#shipped.isPassing?.(ocm) === true;
    if (asked.count === 0 && !isPassing && basis !== undefined && areSame(basis, this.#basisOf(ocm))) {
      this.#quiet.set(key, { basis, outcome });
    }
    return outcome;
  }

  #judge(
    key: string,
    { asked, expected, found }: { readonly asked: Asked; readonly expected: unknown; readonly found: unknown },
  ): void {
    if (expected !== undefined && (asked.count > 0 || !isDeepStrictEqual(found, expected))) {
      this.#tell(`a pass over ${key} would have been missed: ${JSON.stringify(found)}`);
    }
  }

  #basisOf(ocm: OCM): Basis | undefined {
    const namespace = tenantNamespace(ocm.metadata.name, ocm.metadata.namespace ?? "");
    const own = isReadyNow(ocm) ? this.#shipped.basis?.(ocm, namespace) : undefined;
    const states: unknown[] = [];
    addState(states, ocm);
    this.#addStates.forEach((addStates) => {
      addStates(states, namespace);
      states.push(",");
    });
    return own && [this.#frame.settings(), this.#frame.shardKeyOf(ocm), ...own, ...states];
  }

  #count(): void {
    const asked = this.#asked.getStore();
    if (asked !== undefined) {
      asked.count += 1;
    }
  }

  #counted(client: KubeClient): KubeClient {
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        return typeof value !== "function"
          ? value
          : (...args: readonly unknown[]): unknown => {
              this.#count();
              return Reflect.apply(value, target, args);
            };
      },
    });
  }
}
