import type { KubeObject } from "../../kube/object.ts";
import { type Log, setVerbosity, VERBOSITIES, type Verbosity } from "../../runtime/log.ts";

import type { Served } from "./served.ts";

/** Annotation of a ProviderConfig that changes how much is logged, as long as it is there. */
export function verbosityAnnotation(group: string): string {
  return `${group}/verbosity`;
}

/** What the verbosity of a process is changed with. */
export type VerbosityDeps = {
  readonly log: Log;
  readonly annotation: string;
  readonly tellOperator: (message: string) => void;
};

/** Returns what takes over the verbosity that a ProviderConfig asks for, and the one of the command line without one. */
export function followVerbosity(deps: VerbosityDeps): (config: KubeObject | undefined) => void {
  const { log, annotation, tellOperator } = deps;
  let refused: string | undefined;
  return (config) => {
    const asked = config?.metadata.annotations?.[annotation];
    const verbosity = readVerbosity(asked);
    const isRefused = asked !== undefined && verbosity === undefined;
    setVerbosity(log, verbosity);
    if (isRefused && asked !== refused) {
      const message =
        `annotation ${annotation}: expected ${VERBOSITIES.join(", ")}, found ${JSON.stringify(asked.slice(0, LONGEST))}; ` +
        `logging as the command line says: correct the annotation, or remove it`;
      log.warn(message);
      tellOperator(message);
    }
    refused = isRefused ? asked : undefined;
  };
}

/** Does so with each change of the ProviderConfig of a name. */
export function followVerbosityOf<C extends KubeObject>(
  configs: Pick<Served<C>, "get" | "onChange">,
  name: string,
  deps: VerbosityDeps,
): void {
  const follow = followVerbosity(deps);
  configs.onChange(({ key }) => {
    if (key === name) {
      follow(configs.get(key));
    }
  });
}

const LONGEST = 40;

function readVerbosity(asked: string | undefined): Verbosity | undefined {
  return VERBOSITIES.find((verbosity) => verbosity === asked?.toLowerCase());
}
