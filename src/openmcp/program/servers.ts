import type { Clock } from "../../kube/clock.ts";
import { followCertificate, makeSelfSignedCertificate, readCertificate } from "../../runtime/certificate.ts";
import type { Loop } from "../../runtime/group.ts";
import type { Health } from "../../runtime/health.ts";
import { metricsPages, probePages, startHttpServer } from "../../runtime/http-server.ts";
import type { Log } from "../../runtime/log.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import type { Options } from "./command-line.ts";

/** What the process serves about itself. */
export type Servers = {
  /** What has to run while they serve. */
  readonly loops: readonly Loop[];
  readonly close: () => Promise<void>;
};

type ServersDeps = {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
};

/** Serves probes and metrics where the options say so. */
export async function startServers(options: Options, deps: ServersDeps): Promise<Servers> {
  const started = [await startProbes(options, deps), await startMetrics(options, deps)];
  return {
    loops: started.flatMap(({ loops }) => loops),
    close: async () => {
      await Promise.all(started.map(({ close }) => close()));
    },
  };
}

const NOTHING: Servers = { loops: [], close: () => Promise.resolve() };

async function startProbes({ healthAddress }: Options, { health, log }: ServersDeps): Promise<Servers> {
  if (healthAddress === undefined) {
    return NOTHING;
  }
  const { close } = await startHttpServer({ address: healthAddress, pages: probePages(health), log });
  return { loops: [], close };
}

async function startMetrics(options: Options, { metrics, clock, log }: ServersDeps): Promise<Servers> {
  const { metricsAddress, metricsCertificate: files } = options;
  if (metricsAddress === undefined) {
    return NOTHING;
  }
  const shared = { address: metricsAddress, pages: metricsPages(metrics), log };
  if (files === undefined) {
    const { close } = await startHttpServer(shared);
    return { loops: [], close };
  }
  if (files === "self-signed") {
    const { close } = await startHttpServer({ ...shared, certificate: await makeSelfSignedCertificate(clock) });
    log.warn("/metrics has a certificate that nobody can verify; --metrics-cert-path names a better one");
    return { loops: [], close };
  }
  const certificate = await readCertificate(files);
  const server = await startHttpServer({ ...shared, certificate });
  const run = (signal: AbortSignal): Promise<void> =>
    followCertificate(files, { current: certificate, use: server.replaceCertificate, clock, log, signal });
  return { loops: [{ name: "metrics certificate", run }], close: server.close };
}
