/** Versions as the platform's release tools write them: a release, or the time before it. */
const VERSION = /^v(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?<dev>-dev)?$/u;

/** Tells whether `version` names a release; throws when it has another form than `v1.2.3` and `v1.2.3-dev`. */
export function isRelease(version: string): boolean {
  const match = VERSION.exec(version);
  if (match === null) {
    throw new Error(`expected a version like v1.2.3, or v1.2.3-dev before that release, found "${version}"`);
  }
  return match.groups?.["dev"] === undefined;
}

/** What can be released from a tag, and what not. Throws with the reason. */
export function checkTag(tag: string, version: string): void {
  if (!isRelease(version)) {
    throw new Error(`expected a release in the file VERSION, found ${version}: set it by "npm run set-version"`);
  }
  if (tag !== version) {
    throw new Error(`expected the tag to be what the file VERSION says, ${version}, found ${tag}`);
  }
}

/** Names the image of `version` wherever a text names one of the provider's. */
export function withImage(text: string, version: string): string {
  return text.replaceAll(/(\/images\/service-provider-ocm:)v[\w.-]+/gu, `$1${version}`);
}

/** Writes `version` into the text of package.json or of its lock file, and keeps everything else as it is. */
export function withVersion(text: string, version: string): string {
  const manifest = JSON.parse(text) as { version: string; packages?: Record<string, { version: string }> };
  manifest.version = version.replace(/^v/u, "");
  const own = manifest.packages?.[""];
  if (own !== undefined) {
    own.version = manifest.version;
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
