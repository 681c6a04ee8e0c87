import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { noImage } from "../support/provider-image.ts";
import { type Block, blocksOf, isShown, plainCommand, type Step, stepsOf } from "./block.ts";
import { noKubectl } from "./kubectl.ts";
import { applyManifest } from "./manifest.ts";
import { reasonNotToRun } from "./not-run.ts";
import { type Ended, Shell } from "./shell.ts";

/** Where a reader of a document is: which clusters there are, and the variables that name their kubeconfigs. */
export type Stage = { readonly variables: Readonly<Record<string, string>>; stop(): Promise<void> };

/** Languages of blocks that a reader types or applies; those of the others are only read. */
export const RUNNABLE: ReadonlySet<string> = new Set(["console", "yaml"]);

/** Has been run before any test can. To run it here would take the packages from the other tests. */
const NPM_CI = /^npm ci && /u;
/** What the tests have built must not be built anew under them. */
const SANDBOX = /^npm run sandbox --(?=.* --)(?!.* --help)/u;
const WITHIN_MS = 60_000;
const PAUSE_MS = 500;
/** A command that only reads can be repeated until the clusters have come as far as the document. */
const READS =
  /^(?:service-provider-ocm (?:status|trace)\b|kubectl (?!.*\b(?:apply|create|patch|delete|annotate|label|edit|replace|scale)\b))/u;

/** Runs the blocks of a document in their order, as a reader would who is on `stage`. */
export function runDocument(file: string, startStage: () => Promise<Stage>): void {
  const blocks = blocksOf(file, readFileSync(file, "utf8")).filter(({ language }) => RUNNABLE.has(language));
  describe(`the reader of ${file}`, { concurrency: 1 }, () => {
    let stage: Stage | undefined;
    let shell: Shell | undefined;
    let stuck: string | undefined;
    before(async () => {
      stage = await startStage();
      shell = await Shell.open(stage.variables);
    });
    after(async () => {
      await shell?.close();
      await stage?.stop();
    });

    /** What comes after a failure would only fail because of it. */
    const test = (name: string, act: (shell: Shell) => Promise<void>): void => {
      it(name, async (context: TestContext) => {
        if (stuck !== undefined) {
          context.skip(`the reader is stuck at ${stuck}`);
          return;
        }
        stuck = name;
        await act(shell ?? assert.fail("the shell is open"));
        stuck = undefined;
      });
    };
    for (const block of blocks) {
      describeBlock(block, test);
    }
  });
}

type Test = (name: string, act: (shell: Shell) => Promise<void>) => void;

function describeBlock(block: Block, test: Test): void {
  const { line, language, shows, text } = block;
  if (shows !== undefined) {
    it(`line ${line}: sees ${shows} as it is`, () => assert.equal(text, readFileSync(shows, "utf8")));
  } else if (language === "yaml") {
    test(`line ${line}: applies an object`, (shell) => applyManifest(block, shell));
  } else {
    for (const step of stepsOf(block)) {
      describeStep(block, step, test);
    }
  }
}

function describeStep(block: Block, written: Step, test: Test): void {
  const step = { ...written, command: asTested(written.command) };
  const command = plainCommand(written.command);
  const name = `line ${block.line}: $ ${command}`;
  const why = reasonNotToRun(command) ?? (/\bkubectl\b/u.test(command) ? noKubectl : undefined);
  if (why !== undefined) {
    it(name, { skip: why }, () => undefined);
  } else if ("background" in block.attributes) {
    test(name, async (shell) => {
      await shell.startInBackground(step.command, (printed) => isShown(step.output ?? "", printed));
    });
  } else {
    test(name, (shell) => runStep(shell, step, "empty" in block.attributes));
  }
}

function asTested(command: string): string {
  return command
    .replace(NPM_CI, "")
    .replace(SANDBOX, (start) => `${start} --no-build`)
    .replace(/ --image\b/u, (flag) => (noImage === undefined ? flag : ""));
}

async function runStep(shell: Shell, { command, output }: Step, isEmpty: boolean): Promise<void> {
  const isAsExpected = isEmpty ? hasFoundNothing : output === undefined ? hasSucceeded : hasPrinted(output);
  const until = performance.now() + WITHIN_MS;
  for (;;) {
    const ended = await shell.run(command);
    if (isAsExpected(ended)) {
      return;
    }
    const hasChangedNothing = READS.test(command) || (output !== undefined && ended.code !== 0);
    if (!hasChangedNothing || performance.now() > until) {
      assert.fail(`${command}\nended with ${ended.code} and printed:\n${ended.stdout}${ended.stderr}`);
    }
    await sleep(PAUSE_MS);
  }
}

function hasSucceeded({ code }: Ended): boolean {
  return code === 0;
}

// Beside an error it would mean nothing that there is no output.
function hasFoundNothing({ stdout, stderr }: Ended): boolean {
  return stdout.trim() === "" && /^(No resources found.*\n)?$/u.test(stderr);
}

// A command whose output is shown may be refused: the output says so. A log beside a result is not shown.
function hasPrinted(shown: string): (ended: Ended) => boolean {
  return ({ stdout, stderr }) => isShown(shown, stdout) || isShown(shown, stderr);
}
