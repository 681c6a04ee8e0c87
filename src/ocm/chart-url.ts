import { SettingError } from "./setting-error.ts";

const SCHEME = "oci://";
const REPOSITORY = /^[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/;

/**
 * Returns the URL of a chart's OCI repository with `oci://` in front.
 *
 * Throws a SettingError for any other scheme and for a tag or digest: the version comes from the OCM object.
 */
export function normalizeChartURL(text: string, field: string): string {
  const repository = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : text;
  if (!REPOSITORY.test(repository)) {
    throw new SettingError(
      "InvalidProviderConfig",
      `${field}: "${withoutCredentials(text).slice(0, 256)}" is not host[:port]/repository, optionally with oci:// in front, ` +
        `without tag, digest or other scheme`,
    );
  }
  return SCHEME + repository;
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//***@");
}
