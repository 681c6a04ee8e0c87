import { GREEN, type Panel } from "./dashboard/panel.ts";
import { rowsOfProvider } from "./dashboard/rows-of-provider.ts";
import { rowsOfTenants } from "./dashboard/rows-of-tenants.ts";

/** Where the dashboard finds the provider, as the alerts do. */
const JOB = 'job="sp-ocm"';

const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
/** The grid of Grafana has this many columns. */
const COLUMNS = 24;
const TILE_HEIGHT = 4;
const GRAPH_HEIGHT = 8;

/** The dashboard as Grafana imports it. */
export function dashboard(): string {
  const content = {
    uid: "service-provider-ocm",
    title: "OCM service provider",
    description: "Tenants of the OCM service provider, and the provider itself. docs/metrics.md explains each metric.",
    tags: ["openmcp", "ocm"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "",
    templating: {
      list: [{ name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", hide: 0 }],
    },
    panels: layOut(),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function layOut(): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { question, panels: ofRow } of [...rowsOfTenants, ...rowsOfProvider]) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    panels.push({ id: panels.length + 1, type: "row", title: question, collapsed: false, gridPos, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of ofRow) {
      if (x + panel.width > COLUMNS) {
        [x, y, height] = [0, y + height, 0];
      }
      const h = panel.kind === "tile" ? TILE_HEIGHT : GRAPH_HEIGHT;
      panels.push({ id: panels.length + 1, ...toGrafana(panel), gridPos: { x, y, w: panel.width, h } });
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

const TYPES: Readonly<Record<Panel["kind"], string>> = {
  tile: "stat",
  graph: "timeseries",
  bars: "timeseries",
  table: "table",
};

function toGrafana(panel: Panel): object {
  const { title, description, kind, queries, unit = "none" } = panel;
  const isNow = kind === "tile" || kind === "table";
  return {
    type: TYPES[kind],
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map(({ expr, legend = "" }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource: DATASOURCE,
      expr: expr.replaceAll(/<([a-z0-9_]+)(?:\{([^}]*)\})?>/gu, (_all, metric: string, labels?: string) => {
        return `${metric}{${labels === undefined ? JOB : `${JOB},${labels}`}}`;
      }),
      legendFormat: legend,
      ...(isNow && { instant: true, range: false }),
      ...(kind === "table" && { format: "table" }),
    })),
    fieldConfig: { defaults: { unit, ...(kind === "table" ? {} : looksOf(panel)) }, overrides: [] },
    options: optionsOf(panel),
    ...(kind === "table" && { transformations: [{ id: "organize", options: { excludeByName: { Time: true } } }] }),
  };
}

function looksOf({ kind, colors = [[null, GREEN]], words = {} }: Panel): object {
  if (kind === "tile") {
    return {
      thresholds: { mode: "absolute", steps: colors.map(([value, color]) => ({ value, color })) },
      mappings: [
        { type: "value", options: Object.fromEntries(Object.entries(words).map(([key, text]) => [key, { text }])) },
      ],
    };
  }
  return {
    min: 0,
    custom:
      kind === "bars"
        ? { drawStyle: "line", fillOpacity: 40, lineInterpolation: "stepAfter", stacking: { mode: "normal" } }
        : { drawStyle: "line", fillOpacity: 5 },
  };
}

function optionsOf({ kind, queries }: Panel): object {
  switch (kind) {
    case "tile":
      return {
        colorMode: "background",
        graphMode: "none",
        reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        textMode: queries.some(({ legend }) => legend !== undefined) ? "value_and_name" : "value",
      };
    case "graph":
    case "bars":
      return {
        legend: { displayMode: "list", placement: "bottom", showLegend: true },
        tooltip: { mode: "multi", sort: "desc" },
      };
    case "table":
      return { showHeader: true };
  }
}
