import { defaultRoles } from "./auth/default-roles.ts";
import { createByServer } from "./verbs/create-by-server.ts";
import type { Core } from "./verbs/call.ts";

const NAMESPACES = ["kube-system", "kube-public", "kube-node-lease", "default"];

/** Creates what an API server has before the first client comes: its namespaces and default roles. */
export function seed(core: Core): void {
  for (const name of NAMESPACES) {
    createByServer(core, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  for (const object of defaultRoles()) {
    createByServer(core, object);
  }
}
