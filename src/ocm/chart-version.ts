import { StalledError } from "../runtime/errors.ts";

/** The chart version an OCM object asks for. */
export type ChartVersion = {
  /** As the user wrote it. */
  readonly text: string;
  /** What Flux shall fetch: the digest when there is one, since a tag can be moved. */
  readonly ref: { readonly tag: string } | { readonly digest: string };
};

const VERSION = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})(?:@(sha256:[a-f0-9]{64}))?$/;

/** Reads `spec.version`: an OCI tag, optionally pinned with `@sha256:<digest>`. Throws a StalledError for anything else. */
export function parseChartVersion(text: string): ChartVersion {
  const match = VERSION.exec(text);
  const [, tag, digest] = match ?? [];
  if (tag === undefined) {
    throw new StalledError(
      "InvalidVersion",
      `spec.version: "${text.slice(0, 200)}" is not one chart version, expected a tag such as 0.4.0, ` +
        `optionally followed by @sha256: and 64 hex digits`,
    );
  }
  return { text, ref: digest === undefined ? { tag } : { digest } };
}
