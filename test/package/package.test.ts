import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { publint } from "publint";
import { formatMessage } from "publint/utils";

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

const ROOT = process.cwd();
const MANIFEST = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

const CONSUMER = `
import { type ConfigMap, configMaps, KubeClient, NotFoundError, systemClock, type Transport } from "${MANIFEST.name}/kube";
import { keyOf, StalledError } from "${MANIFEST.name}/runtime";

const greeting: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };
const answers: Record<string, object> = { "/api/v1/namespaces/b/configmaps/a": greeting };
const transport: Transport = ({ path }) => {
  const found = answers[path];
  const body = Buffer.from(JSON.stringify(found ?? { kind: "Status", apiVersion: "v1", code: 404, reason: "NotFound" }));
  const status = found === undefined ? 404 : 200;
  return Promise.resolve({ status, headers: {}, body: (async function* () { yield body; })() });
};
const client = new KubeClient({ transport, clock: systemClock, userAgent: "consumer" });
const { signal } = new AbortController();
const found = await client.get(configMaps, { name: "a", namespace: "b" }, signal);
const missing: unknown = await client.get(configMaps, { name: "c", namespace: "b" }, signal).catch((error: unknown) => error);
console.log(keyOf(found), missing instanceof NotFoundError, missing instanceof StalledError);
`;

const COMPILER_OPTIONS = {
  module: "nodenext",
  target: "es2024",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  types: ["node"],
};

const run = promisify(execFile);

describe("the package", () => {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  const consumer = join(folder, "consumer");
  const tarball = join(folder, "package.tgz");

  before(async () => {
    await pack(folder, tarball);
    await install(tarball, consumer);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is one that publint finds nothing wrong with", async () => {
    const file = readFileSync(tarball);
    const tarballData = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
    const { messages, pkg } = await publint({ strict: true, pack: { tarball: tarballData } });

    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  it("resolves, with its types, wherever ES modules are imported", async () => {
    const cli = fileURLToPath(import.meta.resolve("@arethetypeswrong/cli/package.json"));

    await node(join(dirname(cli), "dist/index.js"), ["--profile", "esm-only", "--format", "json", tarball]);
  });

  it("is type-checked and run by a consumer that has nothing else of this project", async () => {
    writeFileSync(join(consumer, "main.ts"), CONSUMER);

    await check(consumer);
    const { stdout } = await run(process.execPath, [join(consumer, "main.ts")]);

    assert.equal(stdout, "b/a true false\n");
  });

  it("holds the program, which needs nothing else, and its compile cache", async () => {
    const program = join(consumer, "node_modules", MANIFEST.name, "dist");

    const { stdout } = await run(process.execPath, [join(program, "service-provider-ocm.mjs"), "version"]);

    assert.ok(stdout.startsWith(MANIFEST.version), stdout);
    assert.deepEqual(readdirSync(join(program, "compile-cache")), readdirSync("dist/compile-cache"));
  });

  for (const example of readdirSync("examples")) {
    it(`is all that examples/${example} needs`, async () => {
      const copy = join(consumer, example);
      cpSync(join("examples", example), copy, { recursive: true });

      await check(consumer);
      const { stdout } = await run(process.execPath, [join(copy, `${example}.ts`), "version"]);

      assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    });
  }
});

function check(folder: string): Promise<void> {
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  return node(join(ROOT, "node_modules/typescript/bin/tsc"), ["-p", folder]);
}

async function pack(folder: string, tarball: string): Promise<void> {
  const options = ["--ignore-scripts", "--offline", "--json", "--pack-destination", folder];
  const { stdout } = await run("npm", ["pack", ...options]);
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  cpSync(join(folder, packed?.filename ?? ""), tarball);
}

// What npm would download is linked: the test needs no network.
async function install(tarball: string, consumer: string): Promise<void> {
  const modules = join(consumer, "node_modules");
  const installed = join(modules, MANIFEST.name);
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", type: "module" }));
  for (const name of Object.keys({ ...MANIFEST.dependencies, ...MANIFEST.peerDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
}

async function node(script: string, args: readonly string[]): Promise<void> {
  try {
    await run(process.execPath, [script, ...args]);
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    assert.fail(`${script} refuses the package:\n${stdout}${stderr}`);
  }
}
