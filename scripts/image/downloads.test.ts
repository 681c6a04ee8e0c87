import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { type DebianPin, fetchDebianPackage } from "./downloads.ts";

const CONTENT = "a package";
const SNAPSHOT = "20261127T000000Z";
const pin: DebianPin = {
  name: "libtiny",
  version: "1.0-2",
  architecture: "arm64",
  archive: "debian-security",
  path: "pool/updates/main/t/tiny/libtiny_1.0-2_arm64.deb",
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
};
const OF_SNAPSHOT = `https://snapshot.debian.org/archive/debian-security/${SNAPSHOT}/${pin.path}`;

describe("fetchDebianPackage", () => {
  const known = process.env["SERVICE_PROVIDER_OCM_CACHE"];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "downloads-"));
    process.env["SERVICE_PROVIDER_OCM_CACHE"] = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    if (known === undefined) {
      delete process.env["SERVICE_PROVIDER_OCM_CACHE"];
    } else {
      process.env["SERVICE_PROVIDER_OCM_CACHE"] = known;
    }
  });

  it("asks Debian's mirror, then the snapshot of the pins, and keeps what it gets", async () => {
    const server = new Mirror({ [OF_SNAPSHOT]: CONTENT });

    assert.equal((await fetchDebianPackage(pin, SNAPSHOT, server.get)).toString(), CONTENT);
    assert.ok(server.asked.includes(`https://deb.debian.org/debian-security/${pin.path}`));
    assert.equal(server.asked.at(-1), OF_SNAPSHOT);

    const nobody = new Mirror({});
    assert.equal((await fetchDebianPackage(pin, SNAPSHOT, nobody.get)).toString(), CONTENT);
    assert.deepEqual(nobody.asked, []);
  });

  it("fetches anew what was damaged in its folder", async () => {
    const server = new Mirror({ [OF_SNAPSHOT]: CONTENT });
    await fetchDebianPackage(pin, SNAPSHOT, server.get);
    for (const file of globSync("downloads/*", { cwd: folder })) {
      writeFileSync(join(folder, file), "damaged");
    }

    assert.equal((await fetchDebianPackage(pin, SNAPSHOT, server.get)).toString(), CONTENT);
  });

  it("says where it has looked and what to do when the version is gone", async () => {
    await assert.rejects(fetchDebianPackage(pin, SNAPSHOT, new Mirror({}).get), ({ message }: Error) => {
      assert.match(message, /^expected libtiny 1\.0-2 \(arm64\) at a Debian mirror, found it at none of\n/u);
      assert.ok(message.includes(`${OF_SNAPSHOT}: 404`));
      assert.match(message, /npm run image:pins takes the present one$/u);
      return true;
    });
  });

  it("says why a mirror could not be asked", async () => {
    await assert.rejects(
      fetchDebianPackage(pin, SNAPSHOT, unreachable),
      /snapshot\.debian\.org.*: getaddrinfo ENOTFOUND/u,
    );
  });

  it("refuses, and does not keep, a file that is not the one that was pinned", async () => {
    const server = new Mirror({ [OF_SNAPSHOT]: "another package" });

    await assert.rejects(
      fetchDebianPackage(pin, SNAPSHOT, server.get),
      new RegExp(`expected libtiny_1\\.0-2_arm64\\.deb with sha256 ${pin.sha256}, found [0-9a-f]{64}`, "u"),
    );
    assert.deepEqual(globSync("downloads/*", { cwd: folder }), []);
  });
});

function unreachable(): Promise<never> {
  return Promise.reject(new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") }));
}

class Mirror {
  readonly asked: string[] = [];
  readonly #files: Readonly<Record<string, string>>;

  constructor(files: Readonly<Record<string, string>>) {
    this.#files = files;
  }

  readonly get = (url: string): Promise<Response> => {
    this.asked.push(url);
    const content = this.#files[url];
    return Promise.resolve(content === undefined ? new Response("", { status: 404 }) : new Response(content));
  };
}
