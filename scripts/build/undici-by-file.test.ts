import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";

import { build } from "esbuild";
import * as undici from "undici";

import { UNDICI_FILES, UNDICI_METHODS, undiciByFile } from "./undici-by-file.ts";

const load = createRequire(import.meta.url) as (file: string) => unknown;

describe("undici by file", () => {
  for (const [name, file] of Object.entries(UNDICI_FILES)) {
    it(`has ${name} in ${file}`, () => {
      assert.equal(load(file), undici[name as keyof typeof UNDICI_FILES]);
    });
  }

  it("gives dispatchers the methods that the package's entry gives them", () => {
    const methods = load(UNDICI_METHODS.from) as Readonly<Record<string, unknown>>;

    assert.equal(load(UNDICI_METHODS.of), undici.Dispatcher);
    for (const [name, method] of Object.entries(methods)) {
      assert.equal(Reflect.get(undici.Dispatcher.prototype, name), method);
    }
    assert.ok("request" in methods && "connect" in methods);
  });

  it("leaves out the package's entry, and what makes undici the dispatcher of the process", async () => {
    const { metafile } = await build({
      stdin: { contents: 'export { Agent, ProxyAgent, Socks5ProxyAgent } from "undici";', resolveDir: "." },
      bundle: true,
      platform: "node",
      write: false,
      metafile: true,
      plugins: [undiciByFile],
    });

    const files = Object.keys(metafile.inputs);
    assert.ok(files.includes(`node_modules/${UNDICI_FILES.Agent}`));
    assert.deepEqual(
      files.filter((file) => /undici\/(?:index|lib\/global|lib\/mock\/.*|lib\/cache\/.*)\.js$/u.test(file)),
      [],
    );
  });
});
