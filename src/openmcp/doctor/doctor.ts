import { writeFile } from "node:fs/promises";

import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { CommandContext } from "../command/command.ts";
import { describeError } from "../command/describe-error.ts";
import type { Given } from "../command/given.ts";
import { printable } from "../command/printable.ts";
import { openReader } from "../command/reader.ts";
import type { ProviderDefinition } from "../service/definition.ts";
import type { Finding } from "../service/finding.ts";
import type { ServiceObject } from "../service/status.ts";
import type { BundleSource } from "./bundle.ts";
import { examine, type Patient } from "./examine.ts";
import { findingText, hasFailed, reportJson, summaryText } from "./report.ts";

/** Between two looks of `--wait`. */
const LOOK_AGAIN_MS = 3_000;
const DEFAULT_PROBE_URL = "http://127.0.0.1:8081";

/** Looks at everything once, or with `--wait` until nothing has failed. Returns the exit code. */
export async function doctor<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const reader = await openReader(given, context);
  try {
    const probeURL = given.find("probe-url") ?? (isInPod(context) ? DEFAULT_PROBE_URL : undefined);
    const patient = { definition, reader, context, ...(probeURL !== undefined && { probeURL }) };
    const print = given.find("bundle") === "-" ? context.printError : context.print;
    const isJson = given.text("output") === "json";
    const report = { print, isText: !isJson, hasColors: context.hasColors };
    const findings = given.isOn("wait")
      ? await lookUntilWell(patient, { ...report, timeoutMs: given.durationMs("timeout") }, context)
      : await lookOnce(patient, report);
    const bundle = given.find("bundle");
    if (bundle !== undefined) {
      const metricsURL = given.find("metrics-url");
      const source = { ...patient, findings, ...(metricsURL !== undefined && { metricsURL }) };
      await writeBundle(bundle, source, context);
    }
    if (isJson) {
      print(reportJson(findings, { program: reader.program, nowMs: reader.clock.now() }));
    }
    return hasFailed(findings) ? 1 : 0;
  } finally {
    await reader.close();
  }
}

async function writeBundle<T extends ServiceObject, C extends ServiceObject, S>(
  path: string,
  source: BundleSource<T, C, S>,
  { write, printError }: CommandContext,
): Promise<void> {
  const { makeBundle } = await import("./bundle.ts");
  const bundle = await makeBundle(source);
  if (path === "-") {
    await write(bundle);
    return;
  }
  try {
    await writeFile(path, bundle, { mode: 0o600 });
  } catch (error) {
    throw new Error(`cannot write the bundle: ${describeError(error)}; --bundle=- writes it to standard output`, {
      cause: error,
    });
  }
  printError(`wrote ${path}, ${bundle.length} bytes: look through it before you hand it on\n`);
}

function isInPod({ env }: Pick<CommandContext, "env">): boolean {
  return (env["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
}

type Report = {
  readonly print: (text: string) => void;
  /** Whether the findings are printed, each as soon as it is known. */
  readonly isText: boolean;
  readonly hasColors: boolean;
};

async function lookOnce<T extends ServiceObject, C extends ServiceObject, S>(
  patient: Patient<T, C, S>,
  { print, isText, hasColors }: Report,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const found of examine(patient)) {
    const finding = masked(found);
    findings.push(finding);
    if (isText) {
      print(findingText(finding, hasColors));
    }
  }
  if (isText) {
    print(summaryText(findings));
  }
  return findings;
}

/** Says on standard error what is waited for, and prints the findings of the last look. */
async function lookUntilWell<T extends ServiceObject, C extends ServiceObject, S>(
  patient: Patient<T, C, S>,
  report: Report & { readonly timeoutMs: number },
  { printError, program }: CommandContext,
): Promise<readonly Finding[]> {
  const { clock, signal } = patient.reader;
  const endMs = clock.now() + report.timeoutMs;
  let told = "";
  for (;;) {
    const findings = await lookOnce(patient, { ...report, isText: false });
    const failed = findings.find(({ level }) => level === "failed");
    if (failed === undefined || clock.now() + LOOK_AGAIN_MS > endMs) {
      const { print, hasColors } = report;
      if (report.isText) {
        findings.forEach((finding) => print(findingText(finding, hasColors)));
        print(summaryText(findings));
      }
      return findings;
    }
    const waiting = `${program.name}: waiting: ${failed.check}: ${printable(failed.found)}\n`;
    if (waiting !== told) {
      printError(waiting);
      told = waiting;
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
    signal.throwIfAborted();
  }
}

function masked({ found, expected, advice, ...finding }: Finding): Finding {
  return {
    ...finding,
    found: maskSecrets(found),
    ...(expected !== undefined && { expected }),
    ...(advice !== undefined && { advice }),
  };
}
