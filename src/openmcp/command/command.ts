import type { MeasuredProcess } from "../../runtime/memory-reducer.ts";
import type { ControllerDeps, Admission, ProviderDefinition, RunController } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import { type Flag, readerFlags, workplaceFlags } from "./flags.ts";
import type { Given } from "./given.ts";

/** A command of a program: all that the reader of the command line, help, completion and docs/cli.md know of it. */
export type Command = {
  readonly name: string;
  /** One sentence, in the third person, with a full stop. */
  readonly summary: string;
  /** What may follow the name, for each form of the command; for example `[name] [-n namespace] [flags]`. */
  readonly synopsis: readonly string[];
  /** Paragraphs for help and docs/cli.md. */
  readonly description?: string;
  /** Command lines without the program's name. */
  readonly examples?: readonly { readonly command: string; readonly says: string }[];
  /** Its own flags. Those of `connects` are added. */
  readonly flags: readonly Flag[];
  /**
   * What the command works with: a `Reader` or a `Workplace`, with the flags of that. Default: nothing.
   */
  readonly connects?: "reader" | "workplace";
  /** The words that may follow the name, one after the other. Default: none. */
  readonly words?: readonly Word[];
  /** Meaning of each exit code. Default: 0 for success, 1 for a failure, 2 for a wrong command line. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** Loads what the command is made of. Nothing of a command is loaded before. */
  readonly load: () => Promise<Execute>;
};

/** A word that may follow the name of a command. */
export type Word = {
  /** What the word is, for messages. */
  readonly name: string;
  /** A name is that of a Kubernetes object. Default: any text. */
  readonly kind?: "name";
  /** The only words that are allowed. */
  readonly values?: readonly string[];
  readonly isRequired?: boolean;
};

/** Does what a command is there for. Returns the exit code; whatever is thrown becomes one line and the exit code 1. */
export type Execute = (given: Given, context: CommandContext) => Promise<number>;

/** All flags of a command, its own ones first. */
export function flagsOf(command: Pick<Command, "flags" | "connects">): readonly Flag[] {
  return [...command.flags, ...sharedFlags(command)];
}

/** The flags that a command has in common with all that work with the same. */
export function sharedFlags({ flags, connects }: Pick<Command, "flags" | "connects">): readonly Flag[] {
  const shared = { none: [], reader: readerFlags, workplace: workplaceFlags }[connects ?? "none"];
  return shared.filter(({ name }) => !flags.some((flag) => flag.name === name));
}

/** A provider as its commands see it. */
export type Program = Pick<
  ProviderDefinition<ServiceObject, ServiceObject, unknown>,
  | "name"
  | "version"
  | "summary"
  | "resource"
  | "configResource"
  | "earlier"
  | "controller"
  | "formerOnboardingControllers"
  | "crds"
  | "versionsOf"
  | "isRemovalFailing"
  | "inspection"
> & {
  /** The kind of what the onboarding cluster judges objects by. */
  readonly admission?: Pick<Admission<unknown>, "parameters">;
  /** Commands that only this provider has. */
  readonly commands?: readonly Command[];
  /** Has `run` serve the objects of the provider until it is told to stop. Commands that only read do not load `run`. */
  readonly runController: (run: RunController, deps: ControllerDeps) => Promise<void>;
};

/** What a command gets from the process it runs in. */
export type CommandContext = {
  readonly program: Program;
  /** Its CPU time and its memory. Default: a long command leaves its memory to V8. */
  readonly process?: MeasuredProcess;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Version of the Node.js that runs the program, such as `v26.10.0`. Default: unknown. */
  readonly nodeVersion?: string;
  /** Whether a person reads the standard output as it appears. */
  readonly isTerminal: boolean;
  /** Whether the standard output may have colours. */
  readonly hasColors: boolean;
  /** Characters in a line of the terminal; undefined where lines may have any length. */
  readonly columns: () => number | undefined;
  /** Writes a short text to standard output. */
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /**
   * Writes a part of a long answer to standard output, and resolves when whoever reads it is ready for more. The process
   * ends quietly when nobody reads any more.
   */
  readonly write: (part: string | Uint8Array) => Promise<void>;
  /** Reads the standard input to its end. */
  readonly readInput: () => Promise<string>;
  /** Takes the log. Default: standard output. */
  readonly printLog?: (text: string) => void;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
};
