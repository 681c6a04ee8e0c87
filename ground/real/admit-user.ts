import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { hash } from "bcryptjs";

// The cheapest that bcrypt allows: each request pays for it, and the password is random.
const BCRYPT_ROUNDS = 4;

/**
 * Gives a user a new password in a file of users as of Apache, and tells it.
 *
 * The user's former password is not good any more; other users keep theirs. One call at a time.
 */
export async function admitUser(usersPath: string, username: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  const lines = (await readFile(usersPath, "utf8")).split("\n");
  const others = lines.filter((line) => line !== "" && !line.startsWith(`${username}:`));
  const content = [...others, `${username}:${await hash(password, BCRYPT_ROUNDS)}`, ""].join("\n");
  // The registry reads the file whenever it has changed, and must never find half of it.
  const newPath = `${usersPath}.new`;
  await writeFile(newPath, content, { mode: 0o600 });
  await rename(newPath, usersPath);
  return password;
}
