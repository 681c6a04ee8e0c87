/** How one request proves who sends it. */
export type Credential = {
  /** `authorization`, and `impersonate-…` where configured; lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** PEM. Belongs to the connection, not to the request. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
};

/**
 * Yields the credential to use now.
 *
 * `rejected` is the one that the server answered with 401: it is read anew, and comes back as the same object when
 * nothing better is known.
 */
export type Credentials = (request: {
  readonly signal: AbortSignal;
  readonly rejected?: Credential;
}) => Promise<Credential>;

/** Always yields the same credential. */
export function fixedCredentials(credential: Credential): Credentials {
  return () => Promise.resolve(credential);
}
