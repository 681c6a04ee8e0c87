import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { builtKubectl } from "./kubectl.ts";

/** How a command ended, and what it has written. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

const REPOSITORY = resolve(import.meta.dirname, "../..");
/** What git ignores and a fresh clone has nothing of; `dist` and `node_modules` are those of this folder. */
const NOT_OF_A_CLONE = new Set([".git", ".cache", ".kube"]);
/** What would tell a command that it is part of a test. */
const RUNNERS_VARIABLE = /^(NODE_|GROUND$|PLATFORM_RELEASE$|PROVIDER$|KUBE|npm_)/u;
/** Keeps what the next command finds in the same shell: its folder, and variables but for arrays and those of bash. */
const SAVE = [
  `declare -p | grep -Ev "^declare -[A-Za-z]*[Aar]|^declare [^ ]+ (BASH|_=)" > "$DOCUMENT_FOLDER/variables"`,
  `pwd > "$DOCUMENT_FOLDER/place"`,
].join("; ");
const WITHIN_MS = 180_000;

/**
 * The shell in which a reader types the commands of one document.
 *
 * Its folder looks like a clone of this repository, but what is written there is not written into this one. Variables
 * and the current folder outlive a command.
 */
export class Shell {
  readonly #folder: string;
  readonly #running: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens a shell with some variables and the program `service-provider-ocm`. */
  static async open(variables: Readonly<Record<string, string>>): Promise<Shell> {
    const folder = await mkdtemp(join(tmpdir(), "documents-"));
    const shell = new Shell(folder);
    const clone = join(folder, "service-provider-ocm");
    await shell.#lay(clone);
    const path = [join(folder, "bin"), join(REPOSITORY, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
    const own = { ...variables, PATH: path, KUBECACHEDIR: join(folder, "kube-cache") };
    await writeFile(
      shell.#variablesFile,
      Object.entries(own)
        .map(([name, value]) => exportLine(name, value))
        .join(""),
    );
    await writeFile(shell.#placeFile, clone);
    return shell;
  }

  /** The value of a variable. */
  async valueOf(name: string): Promise<string> {
    return (await this.run(`printf %s "$${name}"`)).stdout;
  }

  /** Runs a command to its end. */
  async run(command: string): Promise<Ended> {
    const child = this.#start(`trap '${SAVE}' EXIT\n${command}`);
    const written = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        written[stream] += text;
      });
    }
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), WITHIN_MS);
    const [code] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    return { code: code ?? -1, ...written };
  }

  /**
   * Starts a command that goes on running, and waits until it has printed what `isEnough` looks for.
   *
   * The lines in which it says `export` are typed into this shell, as a reader would.
   */
  async startInBackground(command: string, isEnough: (printed: string) => boolean): Promise<string> {
    const child = this.#start(`exec 2>&1\n${command}`);
    this.#running.push(child);
    let printed = "";
    const { promise, resolve: finish, reject } = Promise.withResolvers<void>();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (isEnough(printed)) {
        finish();
      }
    });
    child.on("close", () => reject(new Error(`${command} ended before it printed what is shown:\n${printed}`)));
    const timer = setTimeout(
      () => reject(new Error(`${command} does not print what is shown:\n${printed}`)),
      WITHIN_MS,
    );
    await promise.finally(() => clearTimeout(timer));
    const exports = printed.match(/^export .*$/gmu) ?? [];
    await this.run(exports.join("\n"));
    return printed;
  }

  /** Presses Ctrl-C in every terminal, and removes the folder. */
  async close(): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode === null && child.signalCode === null) {
        const closed = once(child, "close");
        signalGroup(child, "SIGINT");
        await closed;
      }
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #variablesFile(): string {
    return join(this.#folder, "variables");
  }

  get #placeFile(): string {
    return join(this.#folder, "place");
  }

  #start(command: string): ChildProcess {
    const script = `. "$DOCUMENT_FOLDER/variables"\ncd "$(cat "$DOCUMENT_FOLDER/place")" || exit 1\n${command}\n`;
    return spawn("bash", ["-c", script], {
      env: { ...readersEnvironment(), DOCUMENT_FOLDER: this.#folder },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  async #lay(clone: string): Promise<void> {
    await mkdir(join(this.#folder, "bin"), { recursive: true });
    await mkdir(clone);
    const entries = (await readdir(REPOSITORY)).filter((entry) => !NOT_OF_A_CLONE.has(entry));
    await Promise.all(entries.map((entry) => symlink(join(REPOSITORY, entry), join(clone, entry))));
    if (builtKubectl !== undefined) {
      await symlink(builtKubectl, join(this.#folder, "bin/kubectl"));
    }
    const program = join(REPOSITORY, "dist/service-provider-ocm.mjs");
    await writeFile(
      join(this.#folder, "bin/service-provider-ocm"),
      `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`,
      { mode: 0o755 },
    );
  }
}

function readersEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !RUNNERS_VARIABLE.test(name)));
}

function exportLine(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) {
    process.kill(-pid, signal);
  }
}
