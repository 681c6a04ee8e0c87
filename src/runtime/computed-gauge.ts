import { Gauge, type Registry } from "@prometheus-io/client";

type ComputedGauge = {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** The value for each value of the label. */
  readonly read: () => Iterable<readonly [string, number]>;
};

/** Registers a gauge that is computed at each scrape. */
export function registerComputed(registry: Registry, { name, help, label, read }: ComputedGauge): void {
  // oxlint-disable-next-line no-new -- the constructor registers the gauge
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, number] of read()) {
        this.set({ [label]: value }, number);
      }
    },
  });
}
