import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { testContext } from "../openmcp/command/testing/program.ts";
import { execute } from "../openmcp/program/execute.ts";
import { CURRENT_GROUP } from "./api/group.ts";
import { provider } from "./provider.ts";

const MARK = "Zq9";
const PLANTED = `hunter${MARK}`;

const ocm = {
  apiVersion: `${CURRENT_GROUP}/v1alpha1`,
  kind: "OCM",
  metadata: { name: "mcp-01", namespace: "project-x--ws-y" },
  spec: { version: "0.4.0" },
};
const values = {
  manager: {
    logLevel: "debug",
    password: PLANTED,
    env: [{ name: "REGISTRY_TOKEN", value: PLANTED }],
    proxy: `http://me:${PLANTED}@proxy.example.com`,
    credentials: { user: PLANTED },
  },
};
const config = {
  apiVersion: `${CURRENT_GROUP}/v1alpha1`,
  kind: "ProviderConfig",
  metadata: { name: "ocm" },
  spec: { imagePullSecret: { name: "registry" }, proxySecretRef: { name: "proxy" }, values },
};
const auths = { "registry.example.com": { username: "me", password: PLANTED } };
const registry = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "registry" },
  type: "kubernetes.io/dockerconfigjson",
  stringData: { ".dockerconfigjson": JSON.stringify({ auths }) },
};
const proxy = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "proxy" },
  stringData: { address: "http://proxy.example.com", username: PLANTED, password: PLANTED },
};

async function executed(
  argv: readonly string[],
  input: unknown = registry,
): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const text = typeof input === "string" ? input : JSON.stringify(input);
  const context = { ...testContext(written, provider), readInput: () => Promise.resolve(text) };
  const code = await execute(["render", ...argv], context);
  return { code, ...written };
}

describe("the command render", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "render-"));
    await writeFile(join(folder, "a.yaml"), JSON.stringify(ocm));
    await writeFile(join(folder, "b.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items: [config, proxy] }));
    await writeFile(join(folder, "README.md"), "no object: - [");
  });
  after(() => rm(folder, { recursive: true }));

  it("reads files, folders and the standard input", async () => {
    const { code, out, err } = await executed(["-f", folder, "-f", "-"]);

    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(
      [...out.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind),
      ["AccessRequest", "Secret", "Secret", "OCIRepository", "HelmRelease"],
    );
    assert.match(out, /^# OCM project-x--ws-y\/mcp-01: 5 objects$/m);
    assert.doesNotMatch(out, /stand-in/);
  });

  it("writes the documented shape of JSON", async () => {
    const { out } = await executed(["-o", "json", "-f", folder, "-f", "-"]);

    const { objects, ...head } = JSON.parse(out) as { readonly objects: readonly object[] };
    assert.deepEqual(Object.keys(head), ["schema", "assumed", "ignored", "problems", "config"]);
    assert.deepEqual(objects.map(Object.keys), [["for", "reports", "values", "written"]]);
  });

  it("shows no secret, in whichever form", async () => {
    const forms = [[], ["-o", "json"], ["--show-values"], ["--show-values", "-o", "json"], ["--validate"]];
    for (const form of forms) {
      const { code, out, err } = await executed([...form, "-f", folder, "-f", "-"]);

      assert.equal(code, 0);
      const encoded = Buffer.from(PLANTED).toString("base64").slice(0, 8);
      assert.deepEqual(
        [MARK, encoded].filter((secret) => (out + err).includes(secret)),
        [],
        form.join(" "),
      );
    }
  });

  it("shows no secret of what it cannot read", async () => {
    const broken = [
      `kind: Secret\nstringData: { password: ${PLANTED}`,
      { ...config, spec: { chartURL: `https://me:${PLANTED}@example.com/chart` } },
      { ...registry, stringData: { other: PLANTED } },
    ];
    for (const input of broken) {
      const { code, out, err } = await executed(["--validate", "-f", join(folder, "a.yaml"), "-f", "-"], input);

      assert.equal((out + err).includes(MARK), false, out + err);
      assert.equal(code, typeof input !== "string" && input.kind === "Secret" ? 0 : 1);
    }
  });

  it("lets no text of a file out of its comment, or obey a terminal", async () => {
    const hostile = "a\r---\nkind: Injected\u001b[2J\u202e";
    const tenant = { ...ocm, metadata: { ...ocm.metadata, name: hostile }, spec: { ...ocm.spec, [hostile]: 1 } };
    for (const form of [[], ["--validate"], ["--show-values"]]) {
      const { out } = await executed([...form, "-f", "-"], tenant);

      assert.doesNotMatch(out.replaceAll("\n", ""), /[\p{Cc}\p{Bidi_Control}]/u, form.join(" "));
      assert.doesNotMatch(out, /^kind: Injected/m);
    }
  });

  it("prints the merged values, as Helm would get them", async () => {
    const { out } = await executed(["--show-values", "-f", folder]);

    assert.match(out, /^---\n# OCM project-x--ws-y\/mcp-01\nmanager:\n {2}logLevel: debug\n {2}password: '\*\*\*'\n/);
  });

  it("says of each condition whether all is well, and ends with 1 unless it is", async () => {
    const offers = { ...config, spec: { versions: [{ version: "1.0.0" }] } };

    const { code, out } = await executed(["--validate", "-f", join(folder, "a.yaml"), "-f", "-"], offers);

    assert.equal(code, 1);
    const words = 'ChartReady VersionNotOffered: spec.version: "0.4.0" is not offered (on offer: 1.0.0)';
    assert.ok(out.includes(`\nfail  OCM project-x--ws-y/mcp-01: ${words}\n`), out);
    assert.ok(out.startsWith("ok    ProviderConfig: Accepted Valid: in force\n"), out);
  });

  it("names the ProviderConfig only if somebody has told its name", async () => {
    const nameless = await executed(["--validate", "-f", "-"], ocm);
    const two = [config, { ...config, metadata: { name: "other" } }].map((one) => JSON.stringify(one));
    const doubtful = await executed(["-f", "-"], two.join("\n---\n"));
    const named = await executed(["--validate", "--provider-name", "ocm", "-f", "-"], ocm);

    assert.ok(nameless.out.includes('ProviderConfig "<name of the ServiceProvider>"'), nameless.out);
    assert.match(doubtful.err, /expected one, or --provider-name to say which of them counts$/m);
    assert.ok(named.out.includes('ProviderConfig "ocm"'), named.out);
  });

  it("refuses command lines and files from which nothing can be rendered", async () => {
    const cases: readonly [readonly string[], number, RegExp][] = [
      [[], 2, /flag is missing: --filename$/m],
      [["--diff", "--validate", "-f", "-"], 2, /--diff and --validate exclude each other$/m],
      [["-o", "text", "-f", "-"], 2, /invalid value for --output: "text" \(expected yaml or json here\)$/m],
      [["-f", "-", "-f", "-"], 2, /found - twice/],
      [["--diff", "-f", join(folder, "none.yaml")], 2, /-f .*none\.yaml: cannot read the file.*ENOENT/],
      [["-f", join(folder, "none.yaml")], 1, /-f .*none\.yaml: cannot read the file.*ENOENT/],
      [["-f", "-"], 1, /found no OCM object, expected at least one$/m],
    ];
    for (const [argv, expected, message] of cases) {
      const { code, err } = await executed(argv);

      assert.equal(code, expected, argv.join(" "));
      assert.match(err, message);
    }
  });
});
