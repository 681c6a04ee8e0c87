import { isDeepStrictEqual } from "node:util";
import type { Clock } from "./clock.ts";
import { abortable } from "./deadline.ts";

/** The credential of a request: a token, a password or a client certificate, and the user to impersonate. */
export type Credential = {
  /** `authorization`, and `impersonate-…` where configured; names are lower-case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** PEM; authenticates the connection. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
};

/**
 * Yields the credential to use now.
 *
 * `rejected` is the credential that the server answered with 401: the source is read again, and yields the same object
 * when it has no other credential.
 */
export type Credentials = (request: {
  readonly signal: AbortSignal;
  readonly rejected?: Credential;
}) => Promise<Credential>;

/** Always yields the same credential. */
export function fixedCredentials(credential: Credential): Credentials {
  return () => Promise.resolve(credential);
}

/** A credential, and until when it may be used without reading the source again. */
export type CredentialReading = { readonly credential: Credential; readonly validUntilMs: number };

/**
 * Keeps the credential that `read` yields until it expires or is rejected. Requests that wait for a read share it.
 *
 * When a read fails, the last credential stays in use unless the server has rejected it.
 */
export function cachedCredentials(read: () => Promise<CredentialReading>, clock: Clock): Credentials {
  let known: CredentialReading | undefined;
  let reading: Promise<Credential> | undefined;

  const refresh = async (): Promise<Credential> => {
    const fresh = await read();
    // An equal credential stays the same object, so that a rejected one is recognized.
    const isSame = isDeepStrictEqual(known?.credential, fresh.credential);
    known = { ...fresh, credential: (isSame ? known?.credential : undefined) ?? fresh.credential };
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
