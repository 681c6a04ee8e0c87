/** `meta.k8s.io/v1 Table`, as API servers make it. */
export type Table = {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly (string | number | boolean | null)[];
    readonly object: { readonly metadata: { readonly namespace?: string } };
  }[];
};

/** Writes a table in aligned columns, the namespace first where there is one. */
export function formatTable({ columnDefinitions, rows }: Table): string {
  const shown = columnDefinitions.flatMap(({ priority }, index) => (priority === 0 ? [index] : []));
  const isNamespaced = rows.some(({ object }) => object.metadata.namespace !== undefined);
  const header = shown.map((index) => (columnDefinitions[index]?.name ?? "").toUpperCase());
  const lines = [
    [...(isNamespaced ? ["NAMESPACE"] : []), ...header],
    ...rows.map(({ cells, object }) => [
      ...(isNamespaced ? [object.metadata.namespace ?? ""] : []),
      ...shown.map((index) => String(cells[index] ?? "<none>")),
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}
