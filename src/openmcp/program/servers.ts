import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { followCertificate, readCertificate } from "../../runtime/certificate.ts";
import { DelegatedAccess } from "../../runtime/delegated-access.ts";
import type { Loop } from "../../runtime/group.ts";
import type { Health } from "../../runtime/health.ts";
import { metricsPages, probePages, startHttpServer } from "../../runtime/http-server.ts";
import type { Log } from "../../runtime/log.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import { makeSelfSignedCertificate } from "../../runtime/self-signed-certificate.ts";
import type { Options } from "./options.ts";

/** What the process serves about itself. */
export type Servers = {
  /** What has to run while they serve. */
  readonly loops: readonly Loop[];
  readonly close: () => Promise<void>;
};

type ServersDeps = {
  readonly health: Health;
  readonly metrics: Metrics;
  /** Knows who may read the metrics. */
  readonly platform: Pick<KubeClient, "review">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
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

async function startMetrics(options: Options, deps: ServersDeps): Promise<Servers> {
  const { metrics, platform, clock, log, signal } = deps;
  const { metricsAddress, metricsCertificate: files } = options;
  if (metricsAddress === undefined) {
    return NOTHING;
  }
  const open = { address: metricsAddress, pages: metricsPages(metrics), log };
  if (files === undefined) {
    const { close } = await startHttpServer(open);
    return { loops: [], close };
  }
  const access = new DelegatedAccess({ client: platform, path: "/metrics", clock, log, signal });
  const shared = { ...open, access };
  if (files === "self-signed") {
    const { close } = await startHttpServer({ ...shared, certificate: makeSelfSignedCertificate(clock) });
    log.warn("/metrics has a certificate that nobody can verify; --metrics-cert-path names a better one");
    return { loops: [], close };
  }
  const certificate = await readCertificate(files);
  const server = await startHttpServer({ ...shared, certificate });
  const run = (stop: AbortSignal): Promise<void> =>
    followCertificate(files, { current: certificate, use: server.replaceCertificate, clock, log, signal: stop });
  return { loops: [{ name: "metrics certificate", run }], close: server.close };
}
