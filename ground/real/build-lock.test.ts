import assert from "node:assert/strict";
import { access, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { withBuildLock } from "./build-lock.ts";

const never = new AbortController().signal;

void describe("the build lock", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "lock-"));
  });

  after(() => rm(folder, { recursive: true }));

  void it("lets one of several do the work while the others wait for it", async () => {
    const path = join(folder, "one.lock");
    let builds = 0;
    const options = { signal: never, isDone: () => Promise.resolve(builds > 0) };
    const work = (): Promise<void> => {
      builds += 1;
      return Promise.resolve();
    };

    await Promise.all([1, 2, 3].map(() => withBuildLock(path, options, work)));

    assert.equal(builds, 1);
  });

  void it("takes over a lock that nobody has touched for long", async () => {
    const path = join(folder, "stale.lock");
    await writeFile(path, "");
    await utimes(path, new Date(0), new Date(0));
    let builds = 0;

    await withBuildLock(path, { signal: never, isDone: () => Promise.resolve(false) }, () => {
      builds += 1;
      return Promise.resolve();
    });

    assert.equal(builds, 1);
  });

  void it("is free again after work that failed", async () => {
    const path = join(folder, "failed.lock");
    const failing = withBuildLock(path, { signal: never, isDone: () => Promise.resolve(false) }, () =>
      Promise.reject(new Error("the compiler says no")),
    );

    await assert.rejects(failing, /the compiler says no/u);
    await assert.rejects(access(path));
  });

  void it("tells that it waits, and stops waiting when interrupted", async () => {
    const path = join(folder, "held.lock");
    await writeFile(path, "");
    const stop = new AbortController();

    const waiting = withBuildLock(
      path,
      {
        signal: stop.signal,
        isDone: () => Promise.resolve(false),
        onWait: () => stop.abort(new Error("interrupted")),
      },
      () => assert.fail("somebody else holds the lock"),
    );

    await assert.rejects(waiting);
  });
});
