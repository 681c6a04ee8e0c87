import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { openBrowser } from "./open-browser.ts";

const ADDRESS = "http://127.0.0.1:8088/#token=secret";

/** A PATH on which whatever opens files writes down what it was asked to open. */
async function pathWithOpener(
  t: TestContext,
): Promise<{ readonly path: string; readonly opened: () => Promise<string> }> {
  const folder = await mkdtemp(join(tmpdir(), "opener-"));
  t.after(() => rm(folder, { recursive: true }));
  const [pipe, written] = [join(folder, "opened.part"), join(folder, "opened")];
  for (const name of ["xdg-open", "open"]) {
    await writeFile(join(folder, name), `#!/bin/sh\nprintf '%s' "$*" > '${pipe}'\n/bin/mv '${pipe}' '${written}'\n`);
    await chmod(join(folder, name), 0o755);
  }
  const opened = async (): Promise<string> => {
    while (!existsSync(written)) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    return readFile(written, "utf8");
  };
  return { path: folder, opened };
}

describe("openBrowser", () => {
  it("shows the address to nobody but its owner, and leaves nothing behind", async (t) => {
    const { path, opened } = await pathWithOpener(t);

    const cleanUp = await openBrowser(ADDRESS, { env: { PATH: path }, printError: assert.fail });

    const argument = await opened();
    assert.doesNotMatch(argument, /secret/u);
    const file = fileURLToPath(argument);
    assert.match(await readFile(file, "utf8"), /url=http:\/\/127\.0\.0\.1:8088\/#token=secret"/u);
    assert.equal((await stat(file)).mode & 0o077, 0);
    await cleanUp();
    assert.equal(existsSync(file), false);
  });

  it("says that there is nothing that opens a page", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();

    const cleanUp = await openBrowser(ADDRESS, { env: { PATH: "/nowhere" }, printError: resolve });

    assert.match(await promise, /^Cannot run (?:xdg-open|open): open the address yourself\.\n$/u);
    await cleanUp();
  });
});
