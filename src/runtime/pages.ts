import type { Health, HealthReport } from "./health.ts";
import type { HttpServerOptions, Page } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

/** The pages that the kubelet's probes ask for. */
export function probePages(health: Health): HttpServerOptions["pages"] {
  return { "/healthz": () => toPage(health.live()), "/readyz": () => toPage(health.ready()) };
}

/** The page that Prometheus asks for. */
export function metricsPages(metrics: Metrics): HttpServerOptions["pages"] {
  return {
    "/metrics": async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
  };
}

function toPage({ isHealthy, text }: HealthReport): Page {
  return { status: isHealthy ? 200 : 503, contentType: "text/plain; charset=utf-8", body: text };
}
