import { isDeepStrictEqual } from "node:util";
import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";
import type { Credential, Credentials } from "./credentials.ts";

/** A credential as it was read, and how long it may be used without looking again. */
export type CredentialReading = { readonly credential: Credential; readonly validUntilMs: number };

/**
 * Keeps what `read` yields until it is no longer valid or was rejected. Requests that need it meanwhile share one read.
 *
 * When a read fails, what is known goes on being used unless the server has rejected it.
 */
export function cachedCredentials(read: () => Promise<CredentialReading>, clock: Clock): Credentials {
  let known: CredentialReading | undefined;
  let reading: Promise<Credential> | undefined;

  const refresh = async (): Promise<Credential> => {
    const fresh = await read();
    // The same content stays the same object: a rejected credential is not tried again under another identity.
    const credential = isDeepStrictEqual(known?.credential, fresh.credential) ? known?.credential : undefined;
    known = { ...fresh, credential: credential ?? fresh.credential };
    return known.credential;
  };

  return async ({ signal, rejected }) => {
    if (known !== undefined && known.credential !== rejected && clock.now() < known.validUntilMs) {
      return known.credential;
    }
    reading ??= refresh().finally(() => {
      reading = undefined;
    });
    try {
      return await abortable(reading, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (known === undefined || known.credential === rejected) {
        throw error;
      }
      return known.credential;
    }
  };
}
