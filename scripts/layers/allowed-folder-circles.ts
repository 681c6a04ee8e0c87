/** Folder circles that are known and going away: the list only shrinks, and an entry without a circle is refused. */
export const allowedFolderCircles: readonly string[] = [
  "src/ocm → src/ocm/removal → src/ocm",
  "src/ocm → src/ocm/target → src/ocm",
];
