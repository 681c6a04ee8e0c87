/** A fenced code block of a Markdown document. */
export type Block = {
  /** The document, from the root of the repository. */
  readonly file: string;
  /** Line of the opening fence. */
  readonly line: number;
  /** First word after the fence; empty when there is none. */
  readonly language: string;
  /** The other words after the fence: `into=ProviderConfig/ocm` has a value, `background` is `""`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  /** The file that the line before the block names, as in [`path`](link): the block shows its content. */
  readonly shows?: string;
};

const FENCED = /^( *)```([^\n`]*)\n((?:(?!\1```).*\n)*)\1```$/gmu;
const NAMED_FILE = /\[`([^`]+)`\]\([^)]*\)[^\n]*:\n\s*$/u;

/** Finds the code blocks of a document, in their order. */
export function blocksOf(file: string, document: string): readonly Block[] {
  return Array.from(document.matchAll(FENCED), ({ 1: indent = "", 2: info = "", 3: text = "", index }) => {
    const before = document.slice(0, index);
    const [language = "", ...words] = info.trim().split(/\s+/u);
    const shows = NAMED_FILE.exec(before)?.[1];
    return {
      file,
      line: before.split("\n").length,
      language,
      attributes: Object.fromEntries(words.map((word) => splitOnce(word))),
      text: text.replaceAll(new RegExp(`^${indent}`, "gmu"), ""),
      ...(shows !== undefined && { shows }),
    };
  });
}

function splitOnce(word: string): readonly [name: string, value: string] {
  const [name = "", ...values] = word.split("=");
  return [name, values.join("=")];
}

/** What a reader types, and what the document says comes of it. */
export type Step = {
  /** Without the prompt; it can have several lines. */
  readonly command: string;
  /** The lines that it prints, or `undefined` when the document shows none. */
  readonly output?: string;
};

const PROMPT = "$ ";

/** Takes a console block apart: a line with a prompt begins a command, and what follows is its output. */
export function stepsOf({ text, file, line }: Block): readonly Step[] {
  const steps: { command: string; output?: string }[] = [];
  for (const written of text.trimEnd().split("\n")) {
    const last = steps.at(-1);
    if (last !== undefined && last.output === undefined && isUnfinished(last.command)) {
      last.command += `\n${written}`;
    } else if (written.startsWith(PROMPT)) {
      steps.push({ command: written.slice(PROMPT.length) });
    } else if (last === undefined) {
      throw new Error(`${file}:${line}: expected the first line to begin with "${PROMPT}", found ${written}`);
    } else if (written !== "" || last.output !== undefined) {
      last.output = last.output === undefined ? written : `${last.output}\n${written}`;
    }
  }
  return steps;
}

function isUnfinished(command: string): boolean {
  const heredoc = /<<-?\s*['"]?(\w+)['"]?/u.exec(command)?.[1];
  const isOpen = heredoc !== undefined && !new RegExp(`^\\s*${heredoc}$`, "mu").test(command);
  return isOpen || /(\\|\||&&)$/u.test(command) || (command.match(/(?<!\\)'/gu)?.length ?? 0) % 2 === 1;
}

/** The command without its comment and with single spaces, as the list of what is not run names it. */
export function plainCommand(command: string): string {
  return command
    .replaceAll(/\s+#\s.*$/gmu, "")
    .replaceAll(/\s+/gu, " ")
    .trim();
}

/** Whether a command has printed what a document shows; `…` stands for any text, on a line of its own for any lines. */
export function isShown(shown: string, printed: string): boolean {
  const pattern = tidy(shown)
    .split("\n")
    .map((line) => (line === "…" ? "(?:.*\n)*?" : `${line.split("…").map(literal).join(".*")}\n`))
    .join("");
  return new RegExp(`^${pattern}$`, "u").test(`${tidy(printed)}\n`);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`);
}

// Columns are as wide as what stands in them.
function tidy(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replaceAll(/\s+/gu, " ").trim())
    .join("\n")
    .trim();
}
