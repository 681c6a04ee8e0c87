import { isObjectOf, type Resource } from "../../kube/resource.ts";
import type { Program } from "../command/command.ts";
import { renderCommand } from "../render/command.ts";
import { doctorCommand } from "../doctor/command.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import { main } from "./main.ts";

/** A service provider that can be run. */
export type ServiceProvider = Program & {
  /** Does what the command line of this process asks for, and ends the process. */
  readonly main: () => Promise<never>;
};

/**
 * Makes a service provider of its definition: a program with the commands `init`, `run` and `version`, and with `migrate`
 * if its kinds had another API group before.
 *
 * The frame does everything that is the same for each provider: it installs the CRDs and registers the provider, gets
 * access to the onboarding cluster, follows the objects of users and operators, keeps the last good settings in force,
 * holds the finalizer, writes conditions and Events, counts tenants on the ProviderConfig, elects a leader, and serves
 * probes and metrics.
 */
export function serviceProvider<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S> & Pick<Program, "commands">,
): ServiceProvider {
  const runController: Program["runController"] = (run, deps) => run(definition, deps);
  const { versionsOf, isRemovalFailing, ...rest } = definition;
  const { resource } = definition;
  const program: Program = {
    ...rest,
    ...(versionsOf !== undefined && { versionsOf: (object) => versionsOf(checked(object, resource)) }),
    ...(isRemovalFailing !== undefined && {
      isRemovalFailing: (object) => isRemovalFailing(checked(object, resource)),
    }),
    commands: [renderCommand(definition), doctorCommand(definition), ...(definition.commands ?? [])],
    runController,
  };
  return { ...program, main: () => main(program) };
}

function checked<T extends ServiceObject>(object: ServiceObject, resource: Resource<T>): T {
  if (!isObjectOf(resource, object)) {
    throw new Error(`expected an object of the kind ${resource.kind}, found a ${object.kind}`);
  }
  return object;
}
