import { posix } from "node:path";
import { type FileImport, findFolderCircles, type FolderCircle } from "./folder-circles.ts";
import { importsOf, type Import, onlyReExportsNames } from "./imports.ts";
import { type Layer, layerOf } from "./layers.ts";

/** Source files by path relative to the repository's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

type Edge = Import & FileImport;

/** What other packages may import of a layer. */
const PUBLIC_ENTRY = /^src\/[^/]+\/index\.ts$/;
/** This package as other packages import from it. */
const PACKAGE = "service-provider-ocm";

/** Imports that a complaint about a folder circle names of each step. */
const NAMED_IMPORTS = 3;

/** Says which imports break the layers, re-export another file, or close a cycle of files or of folders. */
export function checkLayers(sources: Sources): readonly string[] {
  const edges = [...sources].flatMap(([file, text]) => edgesOf(file, text));
  return [
    ...[...sources.keys()].filter((file) => layerOf(file) === undefined).map((file) => `${file} belongs to no layer`),
    ...[...sources].flatMap(([file, text]) => complainOfPackage(file, text)),
    ...edges.flatMap(complain),
    ...findCycles(edges).map((cycle) => `import cycle: ${cycle.join(" → ")}`),
    ...findFolderCircles(edges.filter(isProduct)).map(complainOfFolders),
  ];
}

// Tests beside the code import what is made for tests, which imports the code. Nobody imports a public entry.
function isProduct({ from }: FileImport): boolean {
  return !isForTests(from) && !PUBLIC_ENTRY.test(from);
}

function complainOfFolders(circle: FolderCircle): string {
  const folders = [...circle.map(({ from }) => from), ...circle.slice(-1).map(({ to }) => to)];
  return [`folder circle: ${folders.join(" → ")}`, ...circle.flatMap(namedImports)].join("\n  ");
}

function namedImports({ from, to, imports }: FolderCircle[number]): readonly string[] {
  const more = imports.length - NAMED_IMPORTS;
  return [
    ...imports.slice(0, NAMED_IMPORTS).map((found) => `${found.from} imports ${found.to}`),
    ...(more > 0 ? [`${more} more imports of ${to} in ${from}`] : []),
  ];
}

function edgesOf(from: string, text: string): readonly Edge[] {
  return importsOf(from, text)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map((found) => ({ ...found, from, to: posix.join(posix.dirname(from), found.specifier) }));
}

// An example is what somebody else would write: the package by its name and nothing behind its public entries.
function complainOfPackage(file: string, text: string): readonly string[] {
  if (PUBLIC_ENTRY.test(file)) {
    return onlyReExportsNames(file, text) ? [] : [`${file} may hold nothing but re-exported names: others install it`];
  }
  const byName = importsOf(file, text).filter(({ specifier }) => specifier.split("/")[0] === PACKAGE);
  return file.startsWith("examples/")
    ? []
    : byName.map(({ specifier }) => `${file} may not import ${specifier}: import the file you mean instead`);
}

function complain(edge: Edge): readonly string[] {
  const complaints = PUBLIC_ENTRY.test(edge.from) ? [] : complainOfReExport(edge);
  if (PUBLIC_ENTRY.test(edge.to)) {
    complaints.push(`${edge.from} may not import ${edge.to}: that is for packages that install this one`);
  }
  if (isForTests(edge.to) && !isForTests(edge.from) && !isBenchmark(edge.from)) {
    complaints.push(`${edge.from} may not import ${edge.to}: that is for tests`);
  }
  return [...complaints, ...complainOfLayers(edge)];
}

function complainOfReExport({ from, to, reExported }: Edge): string[] {
  return reExported ? [`${from} re-exports ${to}: import the file you mean instead`] : [];
}

function complainOfLayers(edge: Edge): readonly string[] {
  const from = layerOf(edge.from);
  const to = layerOf(edge.to);
  if (PUBLIC_ENTRY.test(edge.from) && from !== to) {
    return [`${edge.from} may not re-export ${edge.to}: that belongs to another layer`];
  }
  if (from === undefined || to === undefined || mayImport(from, to, edge)) {
    return [];
  }
  const what = edge.typeOnly ? "types of" : "values of";
  return [`${edge.from} may not import ${what} ${edge.to}: ${from.path} stands below or beside ${to.path}`];
}

function mayImport(from: Layer, to: Layer, edge: Edge): boolean {
  if (from === to || from.mayImport.includes(to.path)) {
    return true;
  }
  // Tests see what the code beside them sees, and a little more: what all tests share, and the stand-ins.
  const beyond = /^(?:src|examples)\//.test(from.path) ? "test/support/" : "sim/";
  return isForTests(edge.from) && to.path.startsWith(beyond);
}

function isForTests(file: string): boolean {
  return file.endsWith(".test.ts") || file.startsWith("test/") || file.includes("/testing/");
}

// Benchmarks set the same scenes as tests.
function isBenchmark(file: string): boolean {
  return file.startsWith("bench/");
}

function findCycles(edges: readonly Edge[]): readonly (readonly string[])[] {
  const targets = Map.groupBy(edges, ({ from }) => from);
  const finished = new Set<string>();
  const cycles: string[][] = [];

  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push([...path.slice(start), file]);
      return;
    }
    if (finished.has(file)) {
      return;
    }
    for (const { to } of targets.get(file) ?? []) {
      visit(to, [...path, file]);
    }
    finished.add(file);
  };
  for (const file of targets.keys()) {
    visit(file, []);
  }
  return cycles;
}
