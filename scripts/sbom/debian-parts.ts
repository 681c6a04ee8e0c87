import type { DebianPin } from "../image/downloads.ts";
import type { Component, LicenseChoice } from "./bom.ts";

type DebianPackage = Pick<DebianPin, "name" | "version" | "architecture" | "path" | "sha256">;

const GCC = "GPL-3.0-or-later WITH GCC-exception-3.1";
const LICENCES: Readonly<Record<string, string>> = {
  "base-files": "GPL-2.0-or-later",
  "gcc-14-base": GCC,
  libatomic1: GCC,
  libc6: "LGPL-2.1-or-later",
  "libgcc-s1": GCC,
  "libstdc++6": GCC,
};

/** Describes the Debian packages of an image. */
export function debianParts(packages: readonly DebianPackage[]): readonly Component[] {
  const release = debianRelease(packages);
  return packages.map(({ name, version, architecture, path, sha256 }) => ({
    type: "library",
    name,
    version,
    "bom-ref": `debian:${name}@${version}`,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-${release}`,
    licenses: [licenceOf(name)],
    hashes: [{ alg: "SHA-256", content: sha256 }],
    externalReferences: [{ type: "source-distribution", url: sourceUrl(path, version) }],
  }));
}

/** Databases of vulnerabilities know fixes by release; base-files has the release's number. */
function debianRelease(packages: readonly DebianPackage[]): string {
  const version = packages.find(({ name }) => name === "base-files")?.version;
  const release = /^\d+/u.exec(version ?? "")?.[0];
  if (release === undefined) {
    throw new Error(
      `expected base-files among the Debian packages, which tells the release, found ${version ?? "none"}`,
    );
  }
  return release;
}

/** Where Debian keeps the source for good, which copyleft asks for: the pool has a folder for each source package. */
function sourceUrl(path: string, version: string): string {
  const source = path.split("/").at(-2) ?? "";
  // Debian builds a package again without a change of its source, and counts that in the version.
  return `https://snapshot.debian.org/package/${source}/${encodeURIComponent(version.replace(/\+b\d+$/u, ""))}/`;
}

function licenceOf(name: string): LicenseChoice {
  const licence = Object.hasOwn(LICENCES, name) ? LICENCES[name] : undefined;
  if (licence === undefined) {
    throw new Error(
      `expected a licence for each Debian package of the image, found none for "${name}": ` +
        "read its copyright file, and add the licence to scripts/sbom/debian-parts.ts",
    );
  }
  return licence.includes(" ") ? { expression: licence } : { license: { id: licence } };
}
