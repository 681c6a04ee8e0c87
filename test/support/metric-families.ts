/** One metric. Labels are in alphabetical order. */
export type Family = { readonly name: string; readonly type: string; readonly labels: readonly string[] };

/** Whether a metric is about the process, and not about what the process does. */
export function isOfProcess(name: string): boolean {
  return /^(?:process|nodejs)_/u.test(name);
}

/** The metrics of a scrape. Labels of a metric without values are unknown: it has none. */
export function familiesIn(text: string): readonly Family[] {
  const lines = text.split("\n");
  return lines.flatMap((line) => {
    const [, name = "", type = ""] = /^# TYPE (\S+) (\S+)$/u.exec(line) ?? [];
    return name === "" ? [] : [{ name, type, labels: labelsOf(name, lines) }];
  });
}

// A version may have any characters.
const LABEL = /(?<name>[a-z_]+)="(?:[^"\\]|\\.)*"/gu;

function labelsOf(name: string, lines: readonly string[]): readonly string[] {
  const sample = new RegExp(String.raw`^${name}(?:_bucket|_sum|_count)?\{(?<labels>.*)\} \S+$`, "u");
  const labels = lines.flatMap((line) =>
    Array.from((sample.exec(line)?.groups?.["labels"] ?? "").matchAll(LABEL), ({ groups }) => groups?.["name"] ?? ""),
  );
  return [...new Set(labels)].filter((label) => label !== "le").toSorted();
}

/** The metrics that the tables of a document explain. */
export function documentedMetrics(text: string): readonly Family[] {
  return text
    .split("\n")
    .filter((line) => /^\| `[a-z]+_/u.test(line))
    .map((line) => {
      const [name = "", type = "", labels = ""] = line.split("|").slice(1);
      const inBackticks = Array.from(labels.matchAll(/`([^`]+)`/gu), ([, label = ""]) => label);
      return { name: name.replaceAll(/[` ]/gu, ""), type: type.trim(), labels: inBackticks.toSorted() };
    });
}

/** Values of the series of one metric, by their labels as they are written. */
export function seriesIn(text: string, name: string): Readonly<Record<string, number>> {
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}
