import { systemClock } from "../../kube/clock.ts";
import { toJson } from "../../kube/json.ts";
import type { KubeObject } from "../../kube/object.ts";
import { toYaml } from "../../kube/to-yaml.ts";
import { keyOf } from "../../runtime/key.ts";
import { createLogger } from "../../runtime/log.ts";
import type { CommandContext } from "../command/command.ts";
import type { Given } from "../command/given.ts";
import { printable } from "../command/printable.ts";
import { UsageError } from "../command/usage-error.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { Report, ServiceObject } from "../service/status.ts";
import { maskObject, maskValue } from "./mask-object.ts";
import { type Placed, type RenderedObject, type Rendering, renderOffline } from "./offline.ts";
import type { Source } from "./input.ts";
import { readFiles } from "./read-files.ts";

const FORMS = ["yaml", "json", "text"] as const;
type Form = (typeof FORMS)[number];
type Write = CommandContext["write"];

/** Does what `render` is asked for. */
export async function render<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const mode = modeOf(given);
  const form = formOf(given, mode);
  const readSources = (): Promise<readonly Source[]> => readFiles(given.all("filename"), context.readInput);
  if (mode === "diff") {
    const { renderDiff } = await import("./render-diff.ts");
    return renderDiff(definition, { given, context, readSources, form: form === "json" ? "json" : "text" });
  }
  const rendering = renderOffline(definition, await readSources(), {
    clock: systemClock,
    log: createLogger({ level: "silent", pretty: false }),
    providerName: given.text("provider-name"),
    namespace: context.env["POD_NAMESPACE"] ?? "openmcp-system",
  });
  return printed(definition, rendering, { mode, form, write: context.write });
}

type Mode = "objects" | "validate" | "values" | "diff";

function modeOf(given: Given): Mode {
  const modes = (
    [
      ["diff", "diff"],
      ["validate", "validate"],
      ["show-values", "values"],
    ] as const
  ).filter(([flag]) => given.isOn(flag));
  if (modes.length > 1) {
    throw new UsageError(`--${modes.map(([flag]) => flag).join(" and --")} exclude each other`);
  }
  const mode = modes[0]?.[1] ?? "objects";
  if (mode !== "diff" && given.all("filename").length === 0) {
    throw new UsageError("flag is missing: --filename");
  }
  return mode;
}

function formOf(given: Given, mode: Mode): Form {
  const isText = mode === "diff" || mode === "validate";
  const form = given.oneOf("output", FORMS) ?? (isText ? "text" : "yaml");
  if (form === (isText ? "yaml" : "text")) {
    const expected = isText ? "text or json" : "yaml or json";
    throw new UsageError(`invalid value for --output: "${form}" (expected ${expected} here)`);
  }
  return form;
}

type Printing = { readonly mode: Exclude<Mode, "diff">; readonly form: Form; readonly write: Write };

async function printed<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  rendering: Rendering<T>,
  { mode, form, write }: Printing,
): Promise<number> {
  const printer = form === "json" ? new JsonPrinter(write) : PRINTERS[mode](write);
  const { config, problems } = rendering;
  let isFailing = problems.length > 0 || config.some(({ state }) => state === "failed");
  let count = 0;
  await printer.begin(rendering);
  for await (const { object, written, reports } of rendering.objects) {
    count += 1;
    isFailing ||= reports.some(({ state }) => state === "failed");
    const values = written.map((placed) => definition.rehearsal?.valuesOf?.(placed.object)).find((one) => one);
    await printer.object({ object, written, reports }, values ?? {});
  }
  if (count === 0) {
    throw new Error(`-f: found no ${definition.resource.kind} object, expected at least one`);
  }
  await printer.end();
  return isFailing ? 1 : 0;
}

/** Prints a rendering part by part. */
type Printer = {
  readonly begin: (
    rendering: Pick<Rendering<KubeObject>, "assumed" | "ignored" | "problems" | "config">,
  ) => Promise<void>;
  readonly object: (rendered: RenderedObject<KubeObject>, values: unknown) => Promise<void>;
  readonly end: () => Promise<void>;
};

const PRINTERS: Readonly<Record<Exclude<Mode, "diff">, (write: Write) => Printer>> = {
  objects: (write) => ({
    begin: ({ assumed, problems, config }) =>
      write(comments([...assumptions(assumed), ...problems, ...config.filter(isNotable).map(wordsOf)])),
    object: async ({ object, written, reports }) => {
      const head = `${nameOf(object)}: ${written.length} objects`;
      await write(comments([head, ...reports.filter(isNotable).map(wordsOf)]));
      for (const placed of written) {
        await write(`---\n${comments([placeOf(placed)])}${toYaml(maskObject(placed.object))}`);
      }
    },
    end: () => Promise.resolve(),
  }),
  values: (write) => ({
    begin: () => Promise.resolve(),
    object: ({ object, reports }, values) =>
      write(
        `---\n${comments([nameOf(object), ...reports.filter(isNotable).map(wordsOf)])}${toYaml(maskValue(values))}`,
      ),
    end: () => Promise.resolve(),
  }),
  validate: (write) => ({
    begin: ({ assumed, ignored, problems, config }) =>
      write(
        lines([
          ...problems.map((problem) => `fail  ${problem}`),
          ...config.map((report) => `${MARKS[report.state]}  ProviderConfig: ${wordsOf(report)}`),
          ...assumed.map((name) => `note  ${name} is not among the files, and taken for granted`),
          ...ignored.map((name) => `note  ${name} has nothing to do with the provider`),
        ]),
      ),
    object: ({ object, reports }) =>
      write(lines(reports.map((report) => `${MARKS[report.state]}  ${nameOf(object)}: ${wordsOf(report)}`))),
    end: () => Promise.resolve(),
  }),
};

const MARKS: Readonly<Record<Report["state"], string>> = { done: "ok  ", waiting: "wait", failed: "fail" };

/** One JSON object, whose `objects` come one after the other. */
class JsonPrinter implements Printer {
  readonly #write: Write;
  #separator = "";

  constructor(write: Write) {
    this.#write = write;
  }

  begin({ assumed, ignored, problems, config }: Parameters<Printer["begin"]>[0]): Promise<void> {
    const head = toJson({ schema: "render.objects/v1", assumed, ignored, problems, config });
    return this.#write(`${head.slice(0, -1)},"objects":[`);
  }

  async object({ object, written, reports }: RenderedObject<KubeObject>, values: unknown): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const part = {
      for: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name },
      reports,
      values: maskValue(values),
      written: written.map((placed) => ({ cluster: placed.cluster, object: maskObject(placed.object) })),
    };
    await this.#write(`${this.#separator}\n${toJson(part)}`);
    this.#separator = ",";
  }

  end(): Promise<void> {
    return this.#write("]}\n");
  }
}

function assumptions(assumed: readonly string[]): readonly string[] {
  const named = assumed.length === 0 ? "" : `; a stand-in for what is not among the files: ${assumed.join(", ")}`;
  return [
    `Taken for granted: control planes, access with a kubeconfig in the Secret <name of the AccessRequest>.kubeconfig, and that others do their part${named}`,
  ];
}

function isNotable({ state }: Report): boolean {
  return state !== "done";
}

function wordsOf({ type, reason, message }: Report): string {
  return `${type} ${reason}: ${message}`;
}

function nameOf(object: KubeObject): string {
  return `${object.kind} ${keyOf(object)}`;
}

function placeOf({ cluster, object }: Placed): string {
  return `${nameOf(object)} on the ${cluster === "platform" ? "platform" : "cluster of the installation"}`;
}

function comments(texts: readonly string[]): string {
  return lines(texts.map((text) => `# ${text}`));
}

// A second line would be no comment any more, and so a part of what is applied.
function lines(texts: readonly string[]): string {
  return texts.map((text) => `${printable(text)}\n`).join("");
}
