/** Text in the font of code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** A Markdown table as the formatter of this project writes it. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const [first = [], ...rest] = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const lines = [first, widths.map((width) => "-".repeat(width)), ...rest];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Breaks a text into lines of at most 120 characters. */
export function wrap(text: string): string {
  return text.replaceAll(/(?=.{121})(.{1,120}) /g, "$1\n");
}
