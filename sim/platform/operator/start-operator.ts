import type { Obj } from "../../object.ts";
import type { KindRef } from "../../resource-paths.ts";
import { ControlLoop, type Next } from "../../stand-in/control-loop.ts";
import { keyOf } from "../../stand-in/ref.ts";
import { watchKind } from "../../stand-in/watch-kind.ts";
import { controlPlaneType, serviceProviderType } from "../kinds.ts";
import { type OrderContext, reconcileControlPlane } from "./control-plane-order.ts";
import { type OperatorContext, reconcileServiceProvider } from "./service-provider.ts";
import { deploymentType, jobType, podType, reconcileDeployment, reconcileJob } from "./workloads.ts";

/** What the stand-in for openmcp-operator needs. */
export type OperatorOptions = OperatorContext & {
  /** What it needs for control planes. Default: nobody orders any. */
  readonly orders?: Omit<OrderContext, "platform" | "clock" | "signal">;
  readonly signal: AbortSignal;
  /** Told about every reconcile that threw. */
  readonly onError?: ((key: string, error: unknown) => void) | undefined;
};

const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 5000;

/**
 * Starts the stand-in for openmcp-operator, which fulfils orders of control planes and runs ServiceProviders, and for the
 * controllers that make pods of its Jobs and Deployments. A node agent has to run the pods.
 */
export function startOperator(options: OperatorOptions): void {
  const loop = (reconcile: (context: OperatorContext, key: string) => Promise<Next>): ControlLoop =>
    new ControlLoop({
      ...options,
      reconcile: (key) => reconcile(options, key),
      minRetryMs: MIN_RETRY_MS,
      maxRetryMs: MAX_RETRY_MS,
    });
  const providers = loop(reconcileServiceProvider);
  const loops: Readonly<Record<string, ControlLoop>> = {
    ServiceProvider: providers,
    Job: loop(reconcileJob),
    Deployment: loop(reconcileDeployment),
  };
  const watch = (type: KindRef, onChange: (object: Obj) => void): void => {
    watchKind({ client: options.platform, signal: options.signal, type, onChange });
  };
  // A change of an object concerns the object and whoever owns it.
  const wakeOwner = ({ metadata: { namespace, ownerReferences = [] } }: Obj): void => {
    for (const { kind, name } of ownerReferences) {
      loops[kind]?.add(kind === "ServiceProvider" ? `/${name}` : `${namespace ?? ""}/${name}`);
    }
  };
  watch(serviceProviderType, (provider) => providers.add(keyOf(provider)));
  for (const type of [jobType, deploymentType]) {
    watch(type, (object) => {
      loops[type.kind]?.add(keyOf(object));
      wakeOwner(object);
    });
  }
  watch(podType, wakeOwner);
  if (options.orders !== undefined) {
    const { platform, clock, signal } = options;
    fulfil({ ...options.orders, platform, clock, signal }, options);
  }
}

function fulfil(context: OrderContext, options: OperatorOptions): void {
  const orders = new ControlLoop({
    ...options,
    reconcile: (key) => reconcileControlPlane(context, key),
    minRetryMs: MIN_RETRY_MS,
    maxRetryMs: MAX_RETRY_MS,
  });
  watchKind({
    client: context.onboarding,
    signal: options.signal,
    type: controlPlaneType,
    onChange: (order, before) => {
      // Its own status writes are no news.
      if (before?.metadata.generation !== order.metadata.generation) {
        orders.add(keyOf(order));
      }
    },
  });
}
