import { posix } from "node:path";

/** One import of a file by another one, both by path. */
export type FileImport = { readonly from: string; readonly to: string };

/** One folder imports from another one, by these imports. */
type Step = { readonly from: string; readonly to: string; readonly imports: readonly FileImport[] };

/** Steps from folder to folder, the last of which ends where the first begins. */
export type FolderCircle = readonly Step[];

/**
 * Finds folders that import each other in a circle; where a short circle lies in a long one, only the short one.
 *
 * Two files meet in the deepest folder that holds both. There, the folder's own files are one party, and each of its
 * sub-folders with all that the sub-folder holds is another one. So a folder that imports from its sub-folder while the
 * sub-folder imports from the folder is a circle too.
 */
export function findFolderCircles(imports: readonly FileImport[]): readonly FolderCircle[] {
  const byParties = Map.groupBy(imports, (found) => JSON.stringify(partiesOf(found)));
  const steps = [...byParties.values()]
    .map((found) => ({ ...partiesOf(found[0] as FileImport), imports: found }))
    .filter(({ from, to }) => from !== to);
  return [...Map.groupBy(steps, ({ meeting }) => meeting).values()].flatMap(circlesAmong);
}

type Parties = { readonly meeting: string; readonly from: string; readonly to: string };

function partiesOf(found: FileImport): Parties {
  const [from, to] = [posix.dirname(found.from).split("/"), posix.dirname(found.to).split("/")];
  const parting = from.findIndex((name, index) => name !== to[index]);
  const shared = parting === -1 ? from.length : parting;
  const party = (folder: readonly string[]): string => folder.slice(0, shared + 1).join("/");
  return { meeting: from.slice(0, shared).join("/"), from: party(from), to: party(to) };
}

function circlesAmong(steps: readonly Step[]): readonly FolderCircle[] {
  const circles = steps
    .toSorted((one, other) => (one.from < other.from ? -1 : 1))
    .map((first) => shortestCircle(first, steps))
    .filter((circle) => circle !== undefined)
    .toSorted((one, other) => one.length - other.length);
  return circles.filter((circle, index) => !circles.slice(0, index).some((shorter) => liesIn(shorter, circle)));
}

function shortestCircle(first: Step, steps: readonly Step[]): FolderCircle | undefined {
  const seen = new Set<string>();
  const paths: FolderCircle[] = [[first]];
  for (const path of paths) {
    const { to } = path.at(-1) ?? first;
    if (to === first.from) {
      return path;
    }
    if (!seen.has(to)) {
      seen.add(to);
      paths.push(...steps.filter(({ from }) => from === to).map((step) => [...path, step]));
    }
  }
  return undefined;
}

function liesIn(shorter: FolderCircle, circle: FolderCircle): boolean {
  return shorter.every(({ from }) => circle.some((step) => step.from === from));
}
