import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../../ground/free-ports.ts";
import { httpStatus } from "../../ground/http-status.ts";
import { ensureBinaries } from "../../ground/real/ensure-binaries.ts";
import { startProcess, type SupervisedProcess } from "../../ground/supervised-process.ts";
import { platforms } from "../../scripts/image/platforms.ts";
import { imageBoms } from "../../scripts/sbom/image-boms.ts";
import { buildImageOnce, LAYOUT } from "../support/image-layout.ts";

// What the release workflow does with an identity is done here with a key, by the same programs.
const KEY_ONLY = ["--yes", "--use-signing-config=false", "--tlog-upload=false"];
const NO_LOG = "--insecure-ignore-tlog=true";

const run = promisify(execFile);

describe("the image in a registry", () => {
  let folder: string;
  let programs: Record<"crane" | "cosign", string>;
  let registry: SupervisedProcess;
  let image: string;
  let digest: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "signature-"));
    programs = await ensureBinaries(["crane", "cosign"]);
    buildImageOnce();
    const host = `127.0.0.1:${await freePort()}`;
    registry = await startProcess({
      name: "registry",
      path: programs.crane,
      args: ["registry", "serve", "--address", host],
      logPath: join(folder, "registry.log"),
      isReady: async (signal) => (await httpStatus(`http://${host}/v2/`, { signal })) === 200,
    });
    image = `${host}/images/service-provider-ocm`;
    await crane("push", LAYOUT, `${image}:v1.2.3`);
    digest = await crane("digest", `${image}:v1.2.3`);
    await cosign("generate-key-pair", "--output-key-prefix", join(folder, "own"));
    await cosign("generate-key-pair", "--output-key-prefix", join(folder, "other"));
    await cosign("sign", ...KEY_ONLY, "--recursive", "--key", join(folder, "own.key"), `${image}@${digest}`);
  });

  after(async () => {
    await registry.stop();
    await rm(folder, { recursive: true });
  });

  async function crane(...args: readonly string[]): Promise<string> {
    return (await run(programs.crane, args)).stdout.trim();
  }

  async function cosign(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, HOME: folder, COSIGN_PASSWORD: "" };
    return (await run(programs.cosign, args, { env, maxBuffer: 2 ** 26 })).stdout.trim();
  }

  function verified(of: string, key = "own"): Promise<string> {
    return cosign("verify", NO_LOG, "--key", join(folder, `${key}.pub`), of);
  }

  it("is what the layout says", async () => {
    const index = JSON.parse(await readFile(`${LAYOUT}/index.json`, "utf8")) as {
      readonly manifests: readonly { readonly digest: string }[];
    };

    assert.deepEqual(
      index.manifests.map((manifest) => manifest.digest),
      [digest],
    );
  });

  it("is signed by the key, as a whole and for each platform", async () => {
    await assert.doesNotReject(verified(`${image}:v1.2.3`));
    for (const { architecture } of platforms) {
      await assert.doesNotReject(
        verified(`${image}@${await crane("digest", "--platform", `linux/${architecture}`, image + ":v1.2.3")}`),
      );
    }
  });

  it("is not signed by another key", async () => {
    await assert.rejects(verified(`${image}:v1.2.3`, "other"), /accepted signatures do not match threshold/);
  });

  it("is not signed when it is another one", async () => {
    await crane(
      "mutate",
      "--tag",
      `${image}:forged`,
      "--label",
      "forged=true",
      "--platform",
      "linux/amd64",
      `${image}:v1.2.3`,
    );

    await assert.rejects(verified(`${image}:forged`), /no signatures found|no matching signatures/);
  });

  it("has the SBOM of each platform as an attestation, signed and unchanged", async () => {
    for (const { architecture, bom } of imageBoms(new Date(0))) {
      const predicate = join(folder, `${architecture}.cdx.json`);
      await writeFile(predicate, JSON.stringify(bom));
      const platform = `${image}@${await crane("digest", "--platform", `linux/${architecture}`, `${image}@${digest}`)}`;
      const type = ["--type", "cyclonedx"];
      await cosign(
        "attest",
        ...KEY_ONLY,
        ...type,
        "--key",
        join(folder, "own.key"),
        "--predicate",
        predicate,
        platform,
      );

      const attested = await cosign("verify-attestation", NO_LOG, ...type, "--key", join(folder, "own.pub"), platform);

      const { payload } = JSON.parse(attested) as { readonly payload: string };
      const statement = JSON.parse(Buffer.from(payload, "base64").toString()) as {
        readonly predicate: unknown;
        readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
      };
      assert.deepEqual(statement.predicate, JSON.parse(JSON.stringify(bom)));
      assert.deepEqual(
        statement.subject.map(({ digest: { sha256 } }) => `sha256:${sha256}`),
        [platform.replace(/.*@/, "")],
      );
    }
  });
});
