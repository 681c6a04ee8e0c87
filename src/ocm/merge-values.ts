type Values = Readonly<Record<string, unknown>>;

/**
 * Lays Helm values over others as Helm does with several value files: maps are merged, all else is replaced.
 *
 * `null` stays in place, for Helm to remove the chart's default.
 */
export function mergeValues(base: Values, over: Values): Values {
  const merged = Object.entries(over).map(([name, value]) => {
    const below = Object.hasOwn(base, name) ? base[name] : undefined;
    return [name, isMap(below) && isMap(value) ? mergeValues(below, value) : value] as const;
  });
  return Object.fromEntries([...Object.entries(base), ...merged]);
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
