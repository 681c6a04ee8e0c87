import { definition } from "../../src/ocm/provider.ts";
import { serviceProvider } from "../../src/openmcp/program/service-provider.ts";
import { type Cast, ocmCast } from "./simulated-world.ts";

/** The provider of the OCM K8s Toolkit, which tells of each pass over a tenant that stays. */
export function watchedPasses({
  onPass,
  makesAll = false,
}: {
  readonly onPass: () => void;
  /** Whether no pass is spared. Default: those over tenants at rest are. */
  readonly makesAll?: boolean;
}): Cast {
  const program = serviceProvider({
    ...definition,
    service: (frame) => {
      const actions = definition.service(frame);
      return {
        ...actions,
        ...(makesAll && { basis: () => undefined }),
        ensure: (ocm, pass) => {
          onPass();
          return actions.ensure(ocm, pass);
        },
      };
    },
  });
  return { ...ocmCast, program };
}
