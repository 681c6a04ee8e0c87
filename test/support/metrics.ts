import { freePort } from "../../ground/free-ports.ts";
import { waitUntil } from "../../ground/wait-until.ts";

/** The metrics of one provider. */
export type Metrics = {
  /** Flags with which the provider serves them. */
  readonly args: readonly string[];
  /** How many passes a controller has finished. */
  passes(controller: string): Promise<number>;
  /** Waits until a controller has finished `count` more passes. */
  morePasses(controller: string, count: number): Promise<void>;
};

const WITHIN_MS = 30_000;

/** Chooses a port for the metrics of a provider that is to be started. */
export async function chooseMetrics(): Promise<Metrics> {
  const address = `127.0.0.1:${await freePort()}`;
  const passes = async (controller: string): Promise<number> => {
    const response = await fetch(`http://${address}/metrics`);
    const lines = (await response.text()).split("\n");
    const ours = lines.filter((line) =>
      line.startsWith(`controller_runtime_reconcile_total{controller="${controller}"`),
    );
    return ours.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  };
  return {
    args: [`--metrics-bind-address=${address}`, "--metrics-secure=false"],
    passes,
    morePasses: async (controller, count) => {
      const wanted = (await passes(controller)) + count;
      const what = `${count} more passes of the controller ${controller}`;
      await waitUntil(async () => (await passes(controller)) >= wanted, { what, withinMs: WITHIN_MS });
    },
  };
}
