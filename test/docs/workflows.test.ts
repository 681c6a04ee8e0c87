import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { load } from "js-yaml";
import { isBinaryName } from "../../ground/real/binary.ts";

type Names = Readonly<Record<string, string>>;
type Step = { readonly uses?: string; readonly run?: string; readonly with?: Names; readonly env?: Names };
type Job = {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Names;
  readonly "timeout-minutes"?: number;
};
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>;
  readonly env?: Names;
  readonly permissions?: Names;
  readonly jobs: Readonly<Record<string, Job>>;
};

const FOLDER = ".github/workflows";
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Names };

/** What each job may do beyond reading public content, and no job may do more. */
const PERMISSIONS: Readonly<Record<string, Names | undefined>> = {
  "ci.yaml ci": undefined,
  "release.yaml test": { contents: "read" },
  "release.yaml build": { contents: "read" },
  "release.yaml publish": { contents: "read", packages: "write", "id-token": "write", attestations: "write" },
  "release.yaml announce": { contents: "write" },
};

const workflows = globSync("*.yaml", { cwd: FOLDER })
  .toSorted()
  .map((file) => {
    const text = readFileSync(`${FOLDER}/${file}`, "utf8");
    return { file, text, workflow: load(text) as Workflow };
  });
const release = workflows.find(({ file }) => file === "release.yaml");
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${file} ${name}`, job, workflow })),
);
const steps = jobs.flatMap(({ name, job, workflow }) =>
  (job.steps ?? []).map((step) => ({ name, step, env: { ...workflow.env, ...step.env } })),
);
const commands = steps.flatMap(({ name, step, env }) => (step.run === undefined ? [] : [{ name, run: step.run, env }]));

function found(pattern: RegExp): readonly string[] {
  return commands.flatMap(({ run }) => Array.from(run.matchAll(pattern), ([, match = ""]) => match));
}

describe("the workflows", () => {
  it("may do no more than each of their jobs needs", () => {
    const given = Object.fromEntries(jobs.map(({ name, job }) => [name, job.permissions]));

    assert.deepEqual(given, PERMISSIONS);
    assert.deepEqual(
      workflows.map(({ file, workflow }) => [file, workflow.permissions]),
      [
        ["ci.yaml", { contents: "read" }],
        ["release.yaml", {}],
      ],
    );
  });

  it("run nothing of a stranger's with rights", () => {
    const events = workflows.flatMap(({ workflow }) => Object.keys(workflow.on));

    assert.deepEqual(new Set(events), new Set(["pull_request", "push", "workflow_call"]));
  });

  it("pin each action of others by its commit, and say which version that is", () => {
    const used = workflows.flatMap(({ text }) =>
      Array.from(text.matchAll(/uses: (.*)$/gm), ([, action = ""]) => action),
    );
    const [own, others] = [
      used.filter((action) => action.startsWith("./")),
      used.filter((action) => !action.startsWith("./")),
    ];

    assert.deepEqual(
      others.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # (?:v\d[\d.]*|no tag)$/.test(action)),
      [],
    );
    assert.ok(own.length > 0 && own.every((path) => existsSync(path)));
  });

  it("pin one action everywhere to the same commit", () => {
    const pins = new Set(steps.flatMap(({ step }) => step.uses ?? []));
    const actions = Array.from(pins, (pin) => pin.replace(/@.*/, ""));

    assert.equal(new Set(actions).size, actions.length);
  });

  it("leave no credentials in the clone", () => {
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith("actions/checkout@") === true);

    assert.ok(checkouts.length > 2);
    assert.deepEqual(
      new Set(checkouts.map(({ step }) => String(step.with?.["persist-credentials"]))),
      new Set(["false"]),
    );
  });

  it("end, also when something hangs", () => {
    const endless = jobs.filter(({ job }) => job.uses === undefined && job["timeout-minutes"] === undefined);

    assert.deepEqual(endless, []);
  });
});

describe("the commands of the workflows", () => {
  it("are commands to a shell", () => {
    for (const { run } of commands) {
      assert.doesNotThrow(() => execFileSync("bash", ["-n", "-c", run], { stdio: "pipe" }));
    }
  });

  it("hold no expression, which could bring commands along", () => {
    assert.deepEqual(
      commands.filter(({ run }) => run.includes("${{")),
      [],
    );
  });

  it("use variables that are set", () => {
    const provided = ["HOME", "PATH", "GITHUB_ACTOR", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_REF_NAME", "RUNNER_TEMP"];
    const unset = commands.flatMap(({ name, run, env }) => {
      const assigned = Array.from(run.matchAll(/(?:\bfor|\bread -r|^\s*)\s*(\w+)(?:=| in | (\w+);)/gm)).flatMap(
        (match) => match.slice(1),
      );
      const known = new Set([...provided, ...Object.keys(env), ...assigned]);
      return Array.from(run.matchAll(/\$\{?(\w+)/g), ([, variable = ""]) => variable)
        .filter((variable) => !known.has(variable))
        .map((variable) => `${name}: ${variable}`);
    });

    assert.deepEqual(unset, []);
  });

  it("are npm scripts that exist", () => {
    const called = found(/npm run (?:--silent )?([\w:-]+)/g);

    assert.ok(called.includes("image") && called.includes("release-notes"));
    assert.deepEqual(
      called.filter((script) => scripts[script] === undefined),
      [],
    );
  });

  it("run files that exist, and build programs that there are recipes for", () => {
    const files = found(/(?:\.bin\/node|bash) ([\w./-]+)/g);
    const programs = found(/build\.ts ([a-z ]+) \|/g).flatMap((names) => names.split(" "));

    assert.ok(files.includes(".ci/run"));
    assert.deepEqual(
      files.filter((file) => !existsSync(file)),
      [],
    );
    assert.ok(programs.includes("cosign") && programs.every(isBinaryName));
  });

  it("take from dist what the scripts write there", () => {
    const taken = new Set(found(/(dist\/\w+)/g));
    const written = globSync("scripts/*.ts").map((file) => readFileSync(file, "utf8"));

    assert.deepEqual(taken, new Set(["dist/image", "dist/sbom", "dist/component"]));
    for (const folder of taken) {
      assert.ok(
        written.some((text) => text.includes(`const FOLDER = "${folder}"`)),
        folder,
      );
    }
  });

  it("publish nothing that a machine without rights has not built alike", () => {
    const publish = release?.workflow.jobs["publish"];
    const compare = stepWith(publish, '"$DIGEST" = ');
    const push = stepWith(publish, "crane push");

    assert.ok(publish?.needs?.includes("build"));
    assert.ok(compare.at < push.at);
    assert.equal(compare.env["DIGEST"], "${{ needs.build.outputs.digest }}");
    assert.deepEqual(
      [`sha256:${"ab".repeat(32)}`, `sha256:${"cd".repeat(32)}`, "sha256:", ""].filter((digest) =>
        passes(compare.run, digest),
      ),
      [`sha256:${"ab".repeat(32)}`],
    );
  });

  it("publish under the names that the component refers to", () => {
    const image = release?.workflow.env?.["IMAGE"] ?? "none";

    assert.ok(readFileSync("component-constructor.yaml", "utf8").includes(`imageReference: ${image}:`));
  });
});

function stepWith(
  job: Job | undefined,
  text: string,
): { readonly at: number; readonly run: string; readonly env: Names } {
  const all = job?.steps ?? [];
  const at = all.findIndex(({ run }) => run?.includes(text));
  const { run = "", env = {} } = all[at] ?? assert.fail(`expected a step with ${text}`);
  return { at, run, env };
}

/** Whether a command that compares the layout with DIGEST succeeds where the layout's digest is `sha256:abab…`. */
function passes(command: string, DIGEST: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "workflows-"));
  try {
    mkdirSync(join(folder, "dist/image"), { recursive: true });
    const manifests = [{ size: 1, digest: `sha256:${"ab".repeat(32)}` }];
    writeFileSync(join(folder, "dist/image/index.json"), JSON.stringify({ manifests }));
    return spawnSync("bash", ["-e", "-c", command], { cwd: folder, env: { ...process.env, DIGEST } }).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
