import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { cachedCredentials } from "./cached-credentials.ts";
import type { Clock } from "./clock.ts";
import { type Credentials, fixedCredentials } from "./credentials.ts";
import type { Fields } from "./fields.ts";
import { readUser, type UserFiles } from "./user-entry.ts";

/** How long a file is trusted to be unchanged: tokens are replaced well before they expire. */
const REREAD_AFTER_MS = 60_000;
const FILE_FIELDS: readonly string[] = ["tokenFile", "client-certificate", "client-key"];

/**
 * Yields the credential of a user of a kubeconfig, following its files as they are rotated.
 *
 * @param options.folder what relative paths are relative to
 */
export function fileCredentials(
  user: Fields,
  options: { readonly folder: string; readonly clock: Clock },
): Credentials {
  if (!FILE_FIELDS.some((field) => user.has(field))) {
    return fixedCredentials(readUser(user));
  }
  const { clock, folder } = options;
  return cachedCredentials(async () => {
    const credential = readUser(user, await readFiles(user, folder));
    return { credential, validUntilMs: clock.now() + REREAD_AFTER_MS };
  }, clock);
}

/** Reads the file that a field names; an absent field yields nothing. */
export async function readNamedFile(fields: Fields, field: string, folder: string): Promise<string | undefined> {
  const path = fields.text(field);
  if (path === undefined) {
    return undefined;
  }
  try {
    return await readFile(resolve(folder, path), "utf8");
  } catch (cause) {
    throw Object.assign(fields.error(field, "names a file that cannot be read"), { cause });
  }
}

async function readToken(user: Fields, folder: string): Promise<string | undefined> {
  const token = (await readNamedFile(user, "tokenFile", folder))?.trim();
  if (token === "") {
    throw user.error("tokenFile", "names a file that is empty, expected a token");
  }
  return token;
}

async function readFiles(user: Fields, folder: string): Promise<UserFiles> {
  // The token beside a file counts while the file has none.
  const token = await readToken(user, folder).catch((error: unknown) => {
    if (user.has("token")) {
      return undefined;
    }
    throw error;
  });
  const cert = await readNamedFile(user, "client-certificate", folder);
  const key = await readNamedFile(user, "client-key", folder);
  return {
    ...(token === undefined ? {} : { token }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
