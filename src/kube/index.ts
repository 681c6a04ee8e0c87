// Public entry for packages that install this one. Files of this project import the file they mean.
export { type ApplyConfiguration, KubeClient, type KubeClientOptions } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  type ConfigMap,
  configMaps,
  type CustomResourceDefinition,
  customResourceDefinitions,
  type Namespace,
  namespaces,
  type Secret,
  secrets,
} from "./core.ts";
export { formatDuration, parseDurationMs } from "./duration.ts";
export {
  AlreadyExistsError,
  ApiError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  MalformedAnswerError,
  NotFoundError,
  UnreachableError,
} from "./errors.ts";
export { type ClusterConfig, loadDefault, loadKubeconfig, parseUntrustedKubeconfig } from "./kubeconfig.ts";
export { type Condition, isGone, type KubeObject, type ObjectRef } from "./object.ts";
export { apiVersionOf, type Resource } from "./resource.ts";
export type { ClosableTransport, Transport } from "./transport.ts";
export { createTransport } from "./http-transport.ts";
