// Public entry for packages that install this one. Files of this project import the file they mean.
export type { Command, CommandContext, Execute, Word } from "./command/command.ts";
export type { Flag } from "./command/flags.ts";
export type { Given } from "./command/given.ts";
export { openReader, type Reader } from "./command/reader.ts";
export { UsageError } from "./command/usage-error.ts";
export { applyObject, ForeignObjectError } from "./platform/apply-object.ts";
export { type AccessRequest, accessRequests, type TokenAccess } from "./platform/kinds.ts";
export { tenantNamespace } from "./platform/names.ts";
export { type ProviderCrd, readCrd } from "./platform/read-crd.ts";
export { passedOn } from "./platform/tenant-access.ts";
export { SilentClusterError } from "./platform/tenant-clusters.ts";
export { serviceProvider, type ServiceProvider } from "./program/service-provider.ts";
export { findObjects, type ObjectsOfKind } from "./service/control-plane-watches.ts";
export { reportOn } from "./service/control-planes.ts";
export type {
  Actions,
  Admission,
  ControlPlane,
  ControlPlanes,
  Frame,
  ProviderDefinition,
  Reading,
  SettingsReader,
} from "./service/definition.ts";
export type { InspectedKind, Inspection, Judgement } from "./service/inspection.ts";
export type { Pass, PassOutcome } from "./service/service.ts";
export type { Report, ServiceObject } from "./service/status.ts";
