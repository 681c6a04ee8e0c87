import { type Bom, licencesOf } from "./bom.ts";

/** Licences under which something may ship, in SPDX's words; each permits to ship it with a program under Apache-2.0. */
const ALLOWED: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unicode-3.0",
  "Zlib",
  "blessing",
]);

/** Licences of Debian's packages, whose files are apart from the program and can be replaced by whoever has the image. */
const ALLOWED_FOR_DEBIAN: ReadonlySet<string> = new Set([
  "GPL-2.0-or-later",
  "LGPL-2.1-or-later",
  "GPL-3.0-or-later WITH GCC-exception-3.1",
]);

/** Tells what may not ship, one sentence for each component. */
export function licenceComplaints({ components }: Bom): readonly string[] {
  return components.flatMap((component) => {
    const { name, version, purl = "" } = component;
    const licences = licencesOf(component);
    const isDebian = purl.startsWith("pkg:deb/");
    if (licences.length > 0 && licences.every((licence) => isAllowed(licence, isDebian))) {
      return [];
    }
    const found = licences.length === 0 ? "none" : licences.map((licence) => `"${licence}"`).join(", ");
    return [
      `${name} ${version}: expected a licence among ${[...ALLOWED].join(", ")}, found ${found}; ` +
        "replace the package, or allow the licence in scripts/sbom/licences.ts",
    ];
  });
}

function isAllowed(licence: string, isDebian: boolean): boolean {
  if (ALLOWED.has(licence) || (isDebian && ALLOWED_FOR_DEBIAN.has(licence))) {
    return true;
  }
  const choices = licence.replace(/^\((.*)\)$/u, "$1").split(" OR ");
  return choices.length > 1 && choices.some((choice) => ALLOWED.has(choice));
}
