import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The command that builds. It is found on the PATH. */
export const GO_COMMAND = "go";

// The oldest release that builds every program.
const OLDEST_GO = "1.26";

/** Checks that `go` can be run and is new enough; the error says what to do. */
export async function checkGoToolchain(signal?: AbortSignal): Promise<void> {
  let output: string;
  try {
    const run = await promisify(execFile)(GO_COMMAND, ["env", "GOVERSION"], { env: goEnvironment(), signal });
    output = run.stdout.trim();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(`expected the command "go" (${OLDEST_GO} or newer) on the PATH to build with, ${hint()}`, {
      cause,
    });
  }
  if (!isRecentEnough(output)) {
    throw new Error(`expected Go ${OLDEST_GO} or newer to build with, found ${output}: ${hint()}`);
  }
}

/** Environment of every call of `go`: no other toolchain is downloaded, no C compiler needed. */
export function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "-buildvcs=false" };
}

/** Tells whether a version as `go env GOVERSION` prints it, like `go1.26.8`, is new enough. */
export function isRecentEnough(goVersion: string): boolean {
  const [major, minor] = release(goVersion);
  const [oldestMajor, oldestMinor] = release(OLDEST_GO);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function release(version: string): readonly [major: number, minor: number] {
  const { groups } = /^(?:go)?(?<major>\d+)\.(?<minor>\d+)/u.exec(version) ?? {};
  return [Number(groups?.["major"] ?? 0), Number(groups?.["minor"] ?? 0)];
}

function hint(): string {
  return (
    "install it from https://go.dev/dl, or put ready-made programs into a folder and name it in KUBEBUILDER_ASSETS, " +
    "or use the embedded ground, which needs none"
  );
}
