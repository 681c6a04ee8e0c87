import { parseArgs } from "node:util";

/** What the command line of a benchmark may say. */
export type BenchOptions = {
  /** One line of JSON instead of a table. */
  readonly json: boolean;
  /** How many tenants there are when there are many. */
  readonly tenants: number;
};

const DEFAULT_TENANTS = "200";

/** Reads the command line; throws for a flag that does not exist and a number that is none. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { json: { type: "boolean", default: false }, tenants: { type: "string", default: DEFAULT_TENANTS } },
  });
  const tenants = Number(values.tenants);
  if (!Number.isInteger(tenants) || tenants < 1) {
    throw new Error(`expected --tenants to be a positive whole number, found "${values.tenants}"`);
  }
  return { json: values.json, tenants };
}
