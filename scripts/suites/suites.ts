/** Where a suite runs: in nothing but Node, on embedded API servers, or on real ones. */
export type GroundKind = "none" | "embedded" | "real";

/** A set of test files that are run together. */
export type Suite = {
  readonly name: string;
  readonly ground: GroundKind;
  /** Of which release the CRDs of an embedded platform are. Default: the newest. */
  readonly platformRelease?: "oldest";
  /** Globs of test files. What the first ones match runs first. */
  readonly files: readonly string[];
  /** How many files run at a time. */
  readonly concurrency: number;
  /** How long one file may take. */
  readonly fileTimeoutMs: number;
  /** How many real grounds stand for its files to borrow. Default: none, each file starts its own. */
  readonly standingGrounds?: number;
};

const atOnce = { concurrency: 2, fileTimeoutMs: 120_000 };
// A provider on embedded clusters mostly waits: for leases, deadlines, retries.
const sideBySide = { concurrency: 5, fileTimeoutMs: 120_000 };
// Plays as many lives at a time as there are cores.
const alone = { concurrency: 1, fileTimeoutMs: 300_000 };
const oneByOne = { concurrency: 1, fileTimeoutMs: 300_000 };
// Much of a real life is waiting for Flux: four of them at a time keep two cores busy.
const borrowed = { concurrency: 4, standingGrounds: 4, fileTimeoutMs: 300_000 };
// The longest come first, so that none of them is what all wait for in the end.
const realFiles = [
  "test/integration/{resilience,takeover,shutdown,operation}.test.ts",
  "test/{ground,contract}/real.test.ts",
  "test/integration/**/*.test.ts",
] as const;

/** Every suite, in the order in which they run: quick ones first. */
export const suites: readonly Suite[] = [
  { name: "unit", ground: "none", files: ["{src,sim,ground,sandbox,scripts,bench,test/docs}/**/*.test.ts"], ...atOnce },
  { name: "replay", ground: "none", files: ["test/{replay,flux,simulation}/**/*.test.ts"], ...atOnce },
  { name: "contract", ground: "embedded", files: ["test/contract/embedded.test.ts"], ...atOnce },
  { name: "integration", ground: "embedded", files: ["test/integration/**/*.test.ts"], ...sideBySide },
  {
    name: "integration:oldest",
    ground: "embedded",
    platformRelease: "oldest",
    files: ["test/integration/{init,life,deletion,names,takeover,permissions,workload}.test.ts"],
    ...sideBySide,
  },
  { name: "e2e", ground: "embedded", files: ["test/e2e/*.test.ts"], ...atOnce },
  { name: "chaos", ground: "none", files: ["test/chaos/*.test.ts"], ...alone },
  { name: "main:real", ground: "real", files: [...realFiles], ...borrowed },
  { name: "e2e:real", ground: "real", files: ["test/e2e/**/*.test.ts"], ...oneByOne },
];

/**
 * Finds suites by name; `real` stands for all that need real API servers, `quick` for all others that are done within
 * seconds, which is all but `chaos`.
 */
export function selectSuites(words: readonly string[]): readonly Suite[] {
  const unknown = words.find((word) => !suites.some((suite) => isNamed(suite, word)));
  if (unknown !== undefined || words.length === 0) {
    const known = ["quick", "real", ...suites.map(({ name }) => name)].join(", ");
    throw new Error(`expected names of suites (${known}), found ${unknown ?? "none"}`);
  }
  return suites.filter((suite) => words.some((word) => isNamed(suite, word)));
}

function isNamed(suite: Suite, word: string): boolean {
  const group = suite.ground === "real" ? "real" : "quick";
  return suite.name === word || (group === word && suite.name !== "chaos");
}
