import { checkPolicies } from "../admission/policies.ts";
import { checkParameterAccess } from "../auth/parameter-access.ts";
import type { Transition } from "../registry/resource.ts";
import type { Call } from "./call.ts";

/** Refuses a valid write that the policies of the server do not admit. */
export function admit(call: Call, { before, after }: Transition, dryRun: boolean): void {
  const { core, resource, info, user, query, warnings } = call;
  checkParameterAccess({ ...core, resource, user }, { before, after });
  const { subresource } = info;
  checkPolicies({ ...core, resource, subresource, before, after, user, query, dryRun, warnings });
}
