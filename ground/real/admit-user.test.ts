import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { compare } from "bcryptjs";
import { admitUser } from "./admit-user.ts";

describe("a file of users", () => {
  let folder: string;
  let usersPath: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "service-provider-ocm-users-"));
    usersPath = join(folder, "users");
    await writeFile(usersPath, "");
  });
  after(() => rm(folder, { recursive: true }));

  const isGood = async (username: string, password: string): Promise<boolean> => {
    const users = (await readFile(usersPath, "utf8")).trimEnd().split("\n");
    const hashes = users.filter((line) => line.startsWith(`${username}:`)).map((line) => line.split(":")[1] ?? "");
    assert.equal(hashes.length, 1);
    return compare(password, hashes[0] ?? "");
  };

  it("lets each in with the password that was given last", async () => {
    const other = await admitUser(usersPath, "other");
    const former = await admitUser(usersPath, "puller");
    const password = await admitUser(usersPath, "puller");

    assert.equal(await isGood("puller", password), true);
    assert.equal(await isGood("puller", former), false);
    assert.equal(await isGood("other", other), true);
  });
});
