// Public entry for packages that install this one. Files of this project import the file they mean.
export { Backoff } from "./backoff.ts";
export { findCondition, mergeConditions, type WantedCondition } from "./conditions.ts";
export { type Retry, runController } from "./controller.ts";
export { StalledError, WaitingError } from "./errors.ts";
export { EventRecorder } from "./events.ts";
export { addFinalizer, removeFinalizer } from "./finalizer.ts";
export { runGroup } from "./group.ts";
export { Health } from "./health.ts";
export { metricsPages, probePages, startHttpServer } from "./http-server.ts";
export { Informer } from "./informer.ts";
export { keyOf, refOf } from "./key.ts";
export { runAsLeader } from "./leader.ts";
export { createLogger, type Log } from "./log.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { WorkQueue } from "./queue.ts";
export { Slots } from "./slots.ts";
export { Store } from "./store.ts";
