import { deepEqual } from "../../../deep-equal.ts";
import { isJsonObject, type JsonObject, writeJson } from "../../../json.ts";
import type { Obj } from "../../../object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../../value-at.ts";
import type { Violation } from "../../api/api-error.ts";
import { PLAIN_STRATEGY, type Strategy, type Transition } from "../resource.ts";

const DEPLOYMENT_DEFAULTS: JsonObject = {
  replicas: 1,
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
};

const POD_DEFAULTS: JsonObject = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
};

const CONTAINER_DEFAULTS: JsonObject = {
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
};

const NOTHING_COUNTED: JsonObject = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };

const COUNTED: Strategy = {
  ...PLAIN_STRATEGY,
  hasGeneration: true,
  prepare: ({ before, after }) => (before === undefined ? { ...after, status: {} } : after),
};

/** Pods start out Pending; nobody schedules them here unless a test does. */
export const podStrategy: Strategy = {
  ...COUNTED,
  returnsDeleted: true,
  selectableFields: {
    "spec.nodeName": ["spec", "nodeName"],
    "spec.restartPolicy": ["spec", "restartPolicy"],
    "spec.schedulerName": ["spec", "schedulerName"],
    "spec.serviceAccountName": ["spec", "serviceAccountName"],
    "status.phase": ["status", "phase"],
  },
  prepare: ({ before, after }) => (before === undefined ? { ...after, status: { phase: "Pending" } } : after),
};

/** Services keep the type they asked for. */
export const serviceStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  returnsDeleted: true,
  defaults: ({ after }) => withSpecDefaults(after, { type: "ClusterIP" }),
};

/** Deployments have one replica unless they say otherwise, and never change their selector. */
export const deploymentStrategy: Strategy = {
  ...COUNTED,
  defaults: ({ after }) => withPodDefaults(withSpecDefaults(after, DEPLOYMENT_DEFAULTS)),
  validate: validateSelector,
};

/** ReplicaSets have one replica unless they say otherwise, and never change their selector. */
export const replicaSetStrategy: Strategy = {
  ...deploymentStrategy,
  defaults: ({ after }) => withPodDefaults(withSpecDefaults(after, { replicas: 1 })),
};

/** Jobs run once unless they say otherwise. */
export const jobStrategy: Strategy = {
  ...COUNTED,
  defaults: ({ after }) => withSpecDefaults(after, { completions: 1, parallelism: 1, backoffLimit: 6 }),
};

/** PodDisruptionBudgets start out with nothing counted; nobody counts pods here. */
export const disruptionBudgetStrategy: Strategy = {
  ...PLAIN_STRATEGY,
  hasGeneration: true,
  prepare: ({ before, after }) => (before === undefined ? { ...after, status: NOTHING_COUNTED } : after),
};

function withSpecDefaults(object: Obj, defaults: JsonObject): Obj {
  const spec = valueAt(object, "spec");
  return { ...object, spec: { ...defaults, ...(isJsonObject(spec) && spec) } };
}

function withPodDefaults(workload: Obj): Obj {
  const spec = objectAt(workload, "spec");
  const podSpec = objectAt(spec, "template", "spec");
  const containers = listAt(podSpec, "containers").map(withContainerDefaults);
  const template = { ...objectAt(spec, "template"), spec: { ...POD_DEFAULTS, ...podSpec, containers } };
  return { ...workload, spec: { ...spec, template } };
}

function withContainerDefaults(container: unknown): unknown {
  const image = textAt(container, "image");
  const isLatest = image.endsWith(":latest") || !/[:@][^/]*$/.test(image);
  return { ...CONTAINER_DEFAULTS, imagePullPolicy: isLatest ? "Always" : "IfNotPresent", ...objectAt(container) };
}

function validateSelector({ before, after }: Transition): readonly Violation[] {
  const selector = valueAt(after, "spec", "selector");
  if (!isJsonObject(selector)) {
    return [{ field: "spec.selector", reason: "FieldValueRequired", message: "Required value" }];
  }
  if (before === undefined || deepEqual(valueAt(before, "spec", "selector"), selector)) {
    return [];
  }
  const message = `Invalid value: ${writeJson(selector)}: field is immutable`;
  return [{ field: "spec.selector", reason: "FieldValueInvalid", message }];
}
