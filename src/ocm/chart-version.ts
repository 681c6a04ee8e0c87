import { SettingError } from "./setting-error.ts";

/** The chart version an OCM object asks for. */
export type ChartVersion = {
  /** As the user wrote it. */
  readonly text: string;
  /** What Flux shall fetch: the digest when there is one, since a tag can be moved. */
  readonly ref: { readonly tag: string } | { readonly digest: string };
};

const VERSION = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})(?:@(sha256:[a-f0-9]{64}))?$/;

const OF_A_TENANT = { field: "spec.version", reason: "InvalidVersion" } as const;

/** Reads a version: an OCI tag, optionally pinned with `@sha256:<digest>`. Throws a SettingError for anything else. */
export function parseChartVersion(
  text: string,
  { field, reason }: { readonly field: string; readonly reason: SettingError["reason"] } = OF_A_TENANT,
): ChartVersion {
  const match = VERSION.exec(text);
  const [, tag, digest] = match ?? [];
  if (tag === undefined) {
    throw new SettingError(
      reason,
      `${field}: "${text.slice(0, 200)}" is not one chart version, expected a tag such as 0.4.0, ` +
        `optionally followed by @sha256: and 64 hex digits`,
    );
  }
  return { text, ref: digest === undefined ? { tag } : { digest } };
}
