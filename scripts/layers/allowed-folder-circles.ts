/** Folder circles that are known and going away: the list only shrinks, and an entry without a circle is refused. */
export const allowedFolderCircles: readonly string[] = [];
