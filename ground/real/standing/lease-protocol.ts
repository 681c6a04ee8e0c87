import type { AuditLog } from "../audit-log.ts";
import type { RealApiServer } from "../api-server.ts";
import type { RegistryAddress } from "../registry.ts";
import type { RestartableProcess } from "../restartable-process.ts";

/** What has to be known of an API server to use it from another process. */
export type ServerCoordinates = Pick<
  RealApiServer,
  "name" | "server" | "kubeconfig" | "caPem" | "adminToken" | "serviceAccountKeyPath"
> & { readonly audit: AuditLog };

/** What has to be known of any other program. */
export type ProcessCoordinates = Pick<RestartableProcess, "logPath">;

/** What has to be known of a ground. */
export type GroundCoordinates = {
  readonly etcd: ProcessCoordinates & { readonly url: string };
  readonly platform: ServerCoordinates;
  readonly onboarding: ServerCoordinates;
  readonly registry: RegistryAddress;
  readonly sourceController: ProcessCoordinates;
  readonly helmController: ProcessCoordinates;
};

/** One thing that the holder of a lease wants done. */
export type LeaseCall = { readonly id: number; readonly program: string; readonly verb: string };

/** Its outcome. */
export type LeaseAnswer = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** Id of the answer that comes unasked, when a ground is free: its coordinates. */
export const GROUND = 0;
