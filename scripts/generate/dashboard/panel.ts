/** `<metric>` is replaced by the metric with its selector, so that each query names metrics alone. */
export type Query = { readonly expr: string; readonly legend?: string };

type Colors = readonly (readonly [from: number | null, color: string])[];

export type Panel = {
  readonly title: string;
  /** What the panel tells, and what to do when it looks bad. */
  readonly description: string;
  readonly kind: "tile" | "graph" | "bars" | "table";
  readonly width: number;
  readonly unit?: string;
  readonly queries: readonly Query[];
  /** From which value on a tile has which colour. */
  readonly colors?: Colors;
  /** Words for values. */
  readonly words?: Readonly<Record<string, string>>;
};

export type Row = { readonly question: string; readonly panels: readonly Panel[] };

/** Colours of Grafana. */
export const GREEN = "green";
export const ORANGE = "orange";
export const RED = "red";
export const BLUE = "blue";

/** Nothing is well, one is too much. */
export const NONE_IS_FINE: Colors = [
  [null, GREEN],
  [1, RED],
];

/** One is well, nothing is not. */
export const ONE_IS_FINE: Colors = [
  [null, RED],
  [1, GREEN],
];
