import { Environment } from "@marcbachmann/cel-js";
import { Duration } from "@marcbachmann/cel-js/evaluator";
import { isIP } from "node:net";
import { isCIDR } from "./formats.ts";
import { goNanoseconds } from "./go-duration.ts";
import { regularExpression } from "./regular-expression.ts";
import { Quantity } from "./quantity.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/**
 * The language of validation rules: CEL with `self`, `oldSelf` and the functions of Kubernetes that are built here.
 *
 * A rule that calls anything else does not pass the check at compile time.
 */
export const celEnvironment: Environment = withQuantities(
  withAddresses(
    withTexts(
      withDurations(
        new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
          .registerVariable("self", "dyn")
          .registerVariable("oldSelf", "dyn"),
      ),
    ),
  ),
);

/** The rule with the functions of this environment in the place of those that cel-js has and that differ. */
export function inThisEnvironment(rule: string): string {
  const parts = rule.split(/("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/u);
  return parts
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/\bduration\(/gu, "goDuration(") : part))
    .join("");
}

// That of cel-js takes durations that are too long for Go.
function withDurations(environment: Environment): Environment {
  return environment.registerFunction("goDuration(string): google.protobuf.Duration", (text: string) => {
    const nanoseconds = goNanoseconds(text);
    if (nanoseconds === undefined) {
      throw new Error("type conversion error from 'string' to 'google.protobuf.Duration'");
    }
    return new Duration(nanoseconds / NANOSECONDS_PER_SECOND, Number(nanoseconds % NANOSECONDS_PER_SECOND));
  });
}

function withTexts(environment: Environment): Environment {
  return environment
    .registerFunction("string.charAt(int): string", (text: string, index: bigint) => text.charAt(Number(index)))
    .registerFunction("string.replace(string, string): string", (text: string, old: string, by: string) =>
      text.replaceAll(old, () => by),
    )
    .registerFunction(
      "string.find(string): string",
      (text: string, pattern: string) => regularExpression(pattern).exec(text)?.[0] ?? "",
    )
    .registerFunction("list.isSorted(): bool", (items: readonly (string | number | bigint)[]) =>
      items.every((item, index) => index === 0 || (items[index - 1] ?? item) <= item),
    )
    .registerFunction("list.sum(): int", (items: readonly bigint[]) => items.reduce((sum, item) => sum + item, 0n));
}

function withAddresses(environment: Environment): Environment {
  return environment
    .registerType("kubernetes.URL", { ctor: URL, fields: {} })
    .registerFunction("isURL(string): bool", isURL)
    .registerFunction("url(string): kubernetes.URL", (text: string) => new URL(text))
    .registerFunction("kubernetes.URL.getScheme(): string", (url: URL) => url.protocol.replace(":", ""))
    .registerFunction("kubernetes.URL.getHost(): string", (url: URL) => url.host)
    .registerFunction("kubernetes.URL.getHostname(): string", (url: URL) => url.hostname)
    .registerFunction("kubernetes.URL.getPort(): string", (url: URL) => url.port)
    .registerFunction("kubernetes.URL.getEscapedPath(): string", (url: URL) => url.pathname)
    .registerFunction("isIP(string): bool", (text: string) => isIP(text) !== 0)
    .registerFunction("isCIDR(string): bool", isCIDR);
}

function isURL(text: string): boolean {
  return URL.canParse(text) || text.startsWith("/");
}

function withQuantities(environment: Environment): Environment {
  return environment
    .registerType("kubernetes.Quantity", { ctor: Quantity, fields: {} })
    .registerFunction("isQuantity(string): bool", (text: string) => Quantity.parse(text) !== undefined)
    .registerFunction("quantity(string): kubernetes.Quantity", parseQuantity)
    .registerFunction(
      "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
      (left: Quantity, right: Quantity) => left.compareTo(right) > 0,
    )
    .registerFunction(
      "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
      (left: Quantity, right: Quantity) => left.compareTo(right) < 0,
    )
    .registerFunction("kubernetes.Quantity.compareTo(kubernetes.Quantity): int", (left: Quantity, right: Quantity) =>
      BigInt(left.compareTo(right)),
    )
    .registerFunction("kubernetes.Quantity.isInteger(): bool", (amount: Quantity) => amount.asInteger() !== undefined);
}

function parseQuantity(text: string): Quantity {
  const amount = Quantity.parse(text);
  if (amount === undefined) {
    throw new Error(`invalid quantity: ${JSON.stringify(text)}`);
  }
  return amount;
}
