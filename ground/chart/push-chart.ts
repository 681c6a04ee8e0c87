import type { PackedChart } from "./pack-chart.ts";
import { pushArtifact, type PushTarget } from "./push-artifact.ts";

const CONFIG = "application/vnd.cncf.helm.config.v1+json";
const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/** Pushes a chart as Helm would and tells the digest of its manifest. A tag that exists is moved. */
export function pushChart(target: PushTarget, { name, version, archive }: PackedChart): Promise<string> {
  const config = Buffer.from(JSON.stringify({ name, version, apiVersion: "v2", type: "application" }));
  return pushArtifact(target, {
    config: { mediaType: CONFIG, content: config },
    layer: { mediaType: CHART, content: archive },
    annotations: { "org.opencontainers.image.title": name, "org.opencontainers.image.version": version },
  });
}
