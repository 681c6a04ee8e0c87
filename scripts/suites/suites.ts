/** Where a suite runs: in nothing but Node, on embedded API servers, or on real ones. */
export type GroundKind = "none" | "embedded" | "real";

/**
 * When a suite is asked for: `quick` with each change, `thorough` before a change is offered, and `real` where there is
 * Go to build the real servers with.
 */
export type Group = "quick" | "thorough" | "real";

const GROUPS: readonly string[] = ["quick", "thorough", "real"] satisfies readonly Group[];

/** A set of test files that are run together. */
export type Suite = {
  readonly name: string;
  readonly group: Group;
  readonly ground: GroundKind;
  /** Of which release the CRDs of an embedded platform are. Default: the newest. */
  readonly platformRelease?: "oldest";
  /** Globs of test files. What the first ones match runs first. */
  readonly files: readonly string[];
  /** How many files run at a time. */
  readonly concurrency: number;
  /** How long one file may take. */
  readonly fileTimeoutMs: number;
  /** Whether it runs the provider in its image. Default: no. */
  readonly usesImage?: boolean;
  /** Whether it only computes, on a virtual clock, so that it can be left waiting for minutes. Default: no. */
  readonly isPatient?: boolean;
  /** How many real grounds stand for its files to borrow. Default: none, each file starts its own. */
  readonly standingGrounds?: number;
};

const atOnce = { concurrency: 2, fileTimeoutMs: 120_000 };
// A file builds everything anew, and another runs a program of another processor.
const emulated = { concurrency: 2, fileTimeoutMs: 300_000 };
// The first run fetches a browser, or a Prometheus, and unpacks it.
const fetching = { concurrency: 2, fileTimeoutMs: 300_000 };
// A provider on embedded clusters mostly waits: for leases, deadlines, retries.
const sideBySide = { concurrency: 5, fileTimeoutMs: 300_000 };
// Takes what other suites leave idle, which may be nothing for minutes.
const patient = { concurrency: 2, fileTimeoutMs: 1_200_000, isPatient: true };
// A sandbox and a platform mostly wait for what they have started.
const bothAtOnce = { concurrency: 2, fileTimeoutMs: 1_200_000 };
// Much of a real life is waiting for Flux: four of them at a time keep two cores busy.
const borrowed = { concurrency: 4, standingGrounds: 4, fileTimeoutMs: 600_000 };
// The longest come first, so that none of them is what all wait for in the end.
const integrationFiles = [
  "test/integration/{both-groups*,hand-over,shutdown,leadership,resilience,takeover,deletion*,names,tenant-count,operation}.test.ts",
  "test/integration/**/*.test.ts",
] as const;
const realFiles = [integrationFiles[0], "test/{ground,contract}/real.test.ts", integrationFiles[1]] as const;
const oldestFiles = integrationFiles;

const unitFiles = [
  "{src,sim,ground,sandbox,scripts,bench,test/docs,test/kubectl}/**/*.test.ts",
  "test/chaos/real/!(lives).test.ts",
] as const;
// The other documents need no cluster.
const clusterDocumentFiles = ["test/documents/{configuration,install,operations,sharding}.test.ts"] as const;
const documentFiles = ["test/documents/*.test.ts"] as const;
const chaosFiles = ["test/chaos/{spec-to-spec,seeds,shards}.test.ts", "test/chaos/*.test.ts"] as const;

/** Every suite; those of a lane run in this order. */
export const suites: readonly Suite[] = [
  { name: "unit", group: "quick", ground: "none", files: unitFiles, ...atOnce },
  { name: "replay", group: "quick", ground: "none", files: ["test/{replay,flux}/**/*.test.ts"], ...atOnce },
  { name: "package", group: "quick", ground: "none", files: ["test/package/*.test.ts"], ...atOnce },
  { name: "contract", group: "quick", ground: "embedded", files: ["test/contract/embedded.test.ts"], ...atOnce },
  { name: "integration", group: "quick", ground: "embedded", files: integrationFiles, usesImage: true, ...sideBySide },
  { name: "documents", group: "quick", ground: "embedded", files: documentFiles, usesImage: true, ...bothAtOnce },
  { name: "image", group: "quick", ground: "embedded", files: ["test/image/*.test.ts"], usesImage: true, ...emulated },
  { name: "dashboard", group: "quick", ground: "embedded", files: ["test/dashboard/*.test.ts"], ...fetching },
  { name: "monitoring", group: "quick", ground: "embedded", files: ["test/monitoring/*.test.ts"], ...fetching },
  { name: "e2e", group: "quick", ground: "embedded", files: ["test/e2e/*.test.ts"], usesImage: true, ...atOnce },
  { name: "simulation", group: "thorough", ground: "none", files: ["test/simulation/**/*.test.ts"], ...patient },
  { name: "model", group: "thorough", ground: "none", files: ["test/model/**/*.test.ts"], ...patient },
  { name: "chaos", group: "thorough", ground: "none", files: chaosFiles, ...patient },
  // It needs no real server, but tells little beside `integration`, and would make `npm test` a minute longer.
  {
    name: "integration:oldest",
    group: "real",
    ground: "embedded",
    platformRelease: "oldest",
    files: oldestFiles,
    ...sideBySide,
  },
  {
    name: "oldest:real",
    group: "real",
    ground: "real",
    platformRelease: "oldest",
    files: ["test/integration/life.test.ts"],
    ...bothAtOnce,
  },
  { name: "main:real", group: "real", ground: "real", files: realFiles, usesImage: true, ...borrowed },
  { name: "release:real", group: "real", ground: "real", files: ["test/release/*.test.ts"], ...bothAtOnce },
  {
    name: "documents:real",
    group: "real",
    ground: "real",
    files: clusterDocumentFiles,
    usesImage: true,
    ...bothAtOnce,
  },
  { name: "chaos:real", group: "real", ground: "real", files: ["test/chaos/real/lives.test.ts"], ...bothAtOnce },
  {
    name: "e2e:real",
    group: "real",
    ground: "real",
    files: ["test/e2e/**/*.test.ts"],
    usesImage: true,
    ...bothAtOnce,
  },
];

/** Finds suites by their names, and by the names of groups. */
export function selectSuites(words: readonly string[]): readonly Suite[] {
  const unknown = words.find((word) => !suites.some((suite) => isNamed(suite, word)));
  if (unknown !== undefined || words.length === 0) {
    const known = [...GROUPS, ...suites.map(({ name }) => name)].join(", ");
    throw new Error(`expected names of suites (${known}), found ${unknown ?? "none"}`);
  }
  return suites.filter((suite) => words.some((word) => isNamed(suite, word)));
}

function isNamed({ name, group }: Suite, word: string): boolean {
  return name === word || group === word;
}
