// Public entry for packages that install this one. Files of this project import the file they mean.
export { applyObject, ForeignObjectError } from "./platform/apply-object.ts";
export { type AccessRequest, accessRequests, type TokenAccess } from "./platform/kinds.ts";
export { tenantNamespace } from "./platform/names.ts";
export {
  accessState,
  mcpAccessRequest,
  type Tenant,
  tenantLabels,
  workloadAccessRequest,
  workloadClusterRequest,
} from "./platform/tenant-access.ts";
export { SilentClusterError } from "./platform/tenant-clusters.ts";
export { serviceProvider, type ServiceProvider } from "./program/service-provider.ts";
export type { Actions, Frame, ProviderCrd, ProviderDefinition, SettingsReader } from "./service/definition.ts";
export type { Pass } from "./service/reconciler.ts";
export type { Outcome, Report, ServiceObject } from "./service/status.ts";
