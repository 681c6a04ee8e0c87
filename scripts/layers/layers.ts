/** One part of the project and the parts it may import besides itself. */
export type Layer = {
  /** Folder with a trailing slash, or one file. A file belongs to the layer with the longest path it starts with. */
  readonly path: string;
  readonly mayImport: readonly string[];
};

const everyPart = [
  "src/main.ts",
  "src/launch/",
  "src/ocm/",
  "src/openmcp/",
  "src/flux/",
  "src/runtime/",
  "src/kube/",
  "sim/",
  "sim/apiserver/",
  "sim/flux/",
  "sim/platform/",
  "ground/",
  "ground/debian/",
  "ground/node/",
  "ground/embedded/",
  "ground/real/",
  "sandbox/",
  "examples/",
  "scripts/",
  "test/support/",
];

/** The table of docs/architecture.md. */
const layers: readonly Layer[] = [
  { path: "src/main.ts", mayImport: ["src/ocm/"] },
  { path: "src/launch/", mayImport: [] },
  { path: "src/ocm/", mayImport: ["src/openmcp/", "src/flux/", "src/runtime/", "src/kube/"] },
  { path: "src/openmcp/", mayImport: ["src/runtime/", "src/kube/"] },
  { path: "src/flux/", mayImport: ["src/kube/"] },
  { path: "src/runtime/", mayImport: ["src/kube/"] },
  { path: "src/kube/", mayImport: [] },
  { path: "sim/", mayImport: [] },
  { path: "sim/apiserver/", mayImport: ["sim/"] },
  { path: "sim/flux/", mayImport: ["sim/"] },
  { path: "sim/platform/", mayImport: ["sim/"] },
  { path: "ground/", mayImport: [] },
  { path: "ground/node/", mayImport: ["ground/", "sim/"] },
  {
    path: "ground/embedded/",
    mayImport: ["ground/", "ground/node/", "sim/", "sim/apiserver/", "sim/flux/", "sim/platform/"],
  },
  { path: "ground/real/", mayImport: ["ground/", "ground/node/", "sim/", "sim/platform/"] },
  { path: "ground/debian/", mayImport: ["ground/", "ground/real/"] },
  {
    path: "sandbox/",
    mayImport: ["ground/", "ground/node/", "ground/embedded/", "ground/real/", "sim/", "sim/platform/"],
  },
  { path: "scripts/", mayImport: ["src/launch/", "src/ocm/", "src/openmcp/"] },
  { path: "examples/", mayImport: [] },
  { path: "test/", mayImport: everyPart },
  { path: "test/support/", mayImport: everyPart },
  { path: "bench/", mayImport: everyPart },
];

/** The layer a file belongs to. */
export function layerOf(file: string): Layer | undefined {
  return layers
    .filter(({ path }) => file.startsWith(path))
    .toSorted((one, other) => other.path.length - one.path.length)
    .at(0);
}
