import { findCondition } from "../../condition.ts";
import { refOf, type SimClient } from "../../client.ts";
import type { SimClock } from "../../clock.ts";
import type { Obj } from "../../object.ts";
import type { Next } from "../../stand-in/control-loop.ts";
import { ensure } from "../../stand-in/ensure.ts";
import { addFinalizer, removeFinalizer } from "../../stand-in/finalizer.ts";
import { kubeTime } from "../../stand-in/kube-time.ts";
import { refFromKey } from "../../stand-in/ref.ts";
import { waitFor } from "../../stand-in/wait-for.ts";
import { listAt, objectAt, textAt } from "../../value-at.ts";
import type { ControlPlaneName } from "../control-plane.ts";
import { accessRequestType, controlPlaneType } from "../kinds.ts";
import { tenantNamespace } from "../tenant-namespace.ts";

/** What the stand-in needs to fulfil orders of control planes. */
export type OrderContext = {
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  readonly clock: SimClock;
  readonly signal: AbortSignal;
  /** Starts the cluster of a control plane, with everything on the platform that belongs to it. */
  readonly start: (plane: ControlPlaneName) => Promise<unknown>;
  /** Removes its services first, then all the rest, in the operator's order. */
  readonly remove: (plane: ControlPlaneName) => Promise<void>;
};

const FINALIZER = "core.openmcp.cloud/mcp";

/** Reconciles one ControlPlane as openmcp-operator does: a cluster, and a Secret with a kubeconfig for each token. */
export async function reconcileControlPlane(context: OrderContext, key: string): Promise<Next> {
  const { onboarding, start, remove } = context;
  const order = await onboarding.find(refFromKey(controlPlaneType, key));
  if (order === undefined) {
    return "settled";
  }
  const plane = { name: order.metadata.name, namespace: order.metadata.namespace ?? "" };
  if (order.metadata.deletionTimestamp !== undefined) {
    await writeStatus(context, order, { phase: "Terminating", reason: "WaitingForServiceDeletion" });
    await remove(plane);
    await removeFinalizer(onboarding, order, FINALIZER);
    return "settled";
  }
  await addFinalizer(onboarding, order, FINALIZER);
  if (textAt(order, "status", "phase") !== "Ready") {
    await writeStatus(context, order, { phase: "Progressing", reason: "WaitingForClusterRequest" });
    await start(plane);
  }
  const access = await grantAccess(context, order);
  await writeStatus(context, order, { phase: "Ready", reason: "AllAccessReady_True", access });
  return "settled";
}

type Access = Readonly<Record<string, { readonly name: string }>>;

async function grantAccess({ platform, onboarding, clock, signal }: OrderContext, order: Obj): Promise<Access> {
  const { name, namespace = "" } = order.metadata;
  const within = tenantNamespace({ name, namespace });
  const granted = await Promise.all(
    listAt(order, "spec", "iam", "tokens").map(async (token) => {
      const tokenName = textAt(token, "name");
      const { name: _name, ...rights } = objectAt(token);
      const request: Obj = {
        ...accessRequestType,
        metadata: { name: `token-${tokenName}--${name}`, namespace: within },
        spec: { requestRef: { name, namespace: within }, token: rights },
      };
      await ensure(platform, request);
      const isGranted = async (): Promise<boolean> =>
        textAt(await platform.get(refOf(request)), "status", "phase") === "Granted";
      await waitFor(clock, isGranted, signal);
      const secretName = textAt(await platform.get(refOf(request)), "status", "secretRef", "name");
      const { data } = await platform.get({ apiVersion: "v1", kind: "Secret", namespace: within, name: secretName });
      const copy = { name: `token-${tokenName}.${name}.kubeconfig`, namespace };
      await onboarding.apply(
        { apiVersion: "v1", kind: "Secret", metadata: copy, data: objectAt(data) },
        { fieldManager: "openmcp-operator", force: true },
      );
      return [`token_${tokenName}`, { name: copy.name }] as const;
    }),
  );
  return Object.fromEntries(granted);
}

type OrderStatus = {
  readonly phase: "Progressing" | "Ready" | "Terminating";
  readonly reason: string;
  readonly access?: Access;
};

async function writeStatus(
  { onboarding, clock }: OrderContext,
  order: Obj,
  { phase, reason, access = {} }: OrderStatus,
): Promise<void> {
  const observedGeneration = order.metadata.generation;
  const type = "AllAccessReady";
  const status = phase === "Ready" ? "True" : "False";
  const before = findCondition(order, type, status);
  const lastTransitionTime = textAt(before, "lastTransitionTime") || kubeTime(clock.now());
  const condition = { type, status, reason, message: "", observedGeneration, lastTransitionTime };
  await onboarding.status(refOf(order), { phase, observedGeneration, access, conditions: [condition] });
}
