import { parseArgs } from "node:util";

import { VARIANTS } from "./variants.ts";

/** What `npm run model` was asked for. */
export type ModelOptions = {
  readonly variants: readonly string[];
  /** Default: as the world says. */
  readonly faults: number | undefined;
  readonly states: number;
  /** Ends after so many findings in a world. */
  readonly findings: number;
};

const STATES = 3_000_000;

/** What `npm run model` says about itself. */
export const usage: string = `Visits every state that the reconcile can be brought to, and looks whether the rules hold and an end is reached.

Usage: npm run model [-- flags]

Flags:
  --world NAME   explore this world only; may be repeated (default: all)
  --faults N     how much may go wrong on the way to a state (default: as below; npm test: 1 or 0)
  --states N     give up after so many states of a world (default ${STATES})
  --findings N   go on after a finding, up to so many (default 1)
  --help         print this text

One fault is: a request that fails, meets a conflict or is done and not answered; the provider killed before a write;
news of a watch that come only after the next pass; anything that happens between two requests of a pass; helm-controller
killed or failing, a chart that cannot be fetched, a control plane that falls silent or is deleted, access denied or deleted,
an object of Flux suspended, resumed or deleted by hand, users who create a Repository. What else Flux, the platform
and users do costs nothing.

Worlds:
${VARIANTS.map(({ name, what, faults }) => `  ${name.padEnd(32)} ${what} (${faults} fault${faults === 1 ? "" : "s"})`).join("\n")}
`;

/** Reads the words after `npm run model --`; throws with a clear message where they ask for what there is not. */
export function parseOptions(argv: readonly string[]): ModelOptions | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      world: { type: "string", multiple: true },
      faults: { type: "string" },
      states: { type: "string", default: String(STATES) },
      findings: { type: "string", default: "1" },
      help: { type: "boolean", default: false, short: "h" },
    },
  });
  if (values.help) {
    return "help";
  }
  const known = VARIANTS.map(({ name }) => name);
  const variants = values.world ?? known;
  const unknown = variants.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`expected --world to be one of ${known.join(", ")}, found "${unknown}"`);
  }
  return {
    variants,
    faults: values.faults === undefined ? undefined : wholeNumber("--faults", values.faults),
    states: wholeNumber("--states", values.states),
    findings: wholeNumber("--findings", values.findings),
  };
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/u.test(text)) {
    throw new Error(`expected ${flag} to be a whole number, found "${text}"`);
  }
  return Number(text);
}
