const HEADING = /^## \[(?<name>[^\]]+)\](?: - (?<date>\S+))?$/u;

/**
 * Finds the notes of a release in a changelog of the form of keepachangelog.com.
 *
 * Throws when the version has no section, no date or no text: nothing is released that nobody has described.
 */
export function releaseNotes(changelog: string, version: string): string {
  const wanted = version.replace(/^v/u, "");
  const lines = changelog.split("\n");
  const headings = lines.flatMap((line, index) => {
    const { groups } = HEADING.exec(line) ?? {};
    return groups === undefined ? [] : [{ index, name: groups["name"], date: groups["date"] }];
  });
  const found = headings.findIndex(({ name }) => name === wanted);
  const heading = headings[found];
  if (heading === undefined) {
    const names = headings.map(({ name }) => name).join(", ");
    throw new Error(`expected a heading "## [${wanted}] - <date>" in the changelog, found headings for ${names}`);
  }
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(heading.date ?? "")) {
    throw new Error(`expected the date of the release behind "## [${wanted}]", found ${heading.date ?? "none"}`);
  }
  const notes = lines
    .slice(heading.index + 1, headings[found + 1]?.index)
    .join("\n")
    .trim();
  if (notes === "") {
    throw new Error(`expected what users have to know below "## [${wanted}]", found nothing`);
  }
  return notes;
}
