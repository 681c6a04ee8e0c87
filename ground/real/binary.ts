import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Names of the programs that the real ground can run. */
export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "registry"
  | "source-controller"
  | "helm-controller"
  | "kwok"
  | "openmcp-operator"
  | "kubectl"
  | "crane"
  | "cosign";

/** A program, and what `go build` needs to make it. */
export type Binary = {
  readonly name: BinaryName;
  /** Version of the module it is built from, with its `v`. */
  readonly version: string;
  /** Folder with the go.mod that pins everything the program consists of. */
  readonly folder: string;
  /** Go package of the program. */
  readonly goPackage: string;
  readonly linkerFlags: string;
  /** How long a build takes with two processors and an empty cache, after those before it in `allBinaries`. */
  readonly coldBuildMs: number;
};

/** What every real ground runs, in the order in which builds are useful earliest. */
export const groundBinaries: readonly BinaryName[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "registry",
  "source-controller",
  "helm-controller",
  "kwok",
];

/** What a real platform runs. */
export const platformBinaries: readonly BinaryName[] = [...groundBinaries, "openmcp-operator"];

/** Every program there is a recipe for. */
export const allBinaries: readonly BinaryName[] = [...platformBinaries, "kubectl", "crane", "cosign"];

type Recipe = {
  readonly folder: string;
  readonly module: string;
  readonly goPackage: string;
  readonly coldBuildSeconds: number;
};

const KUBERNETES = { folder: "kubernetes", module: "k8s.io/kubernetes" };

const RECIPES: Readonly<Record<BinaryName, Recipe>> = {
  etcd: {
    folder: "etcd",
    module: "go.etcd.io/etcd/server/v3",
    goPackage: "go.etcd.io/etcd/server/v3",
    coldBuildSeconds: 45,
  },
  "kube-apiserver": { ...KUBERNETES, goPackage: "k8s.io/kubernetes/cmd/kube-apiserver", coldBuildSeconds: 200 },
  "kube-controller-manager": {
    ...KUBERNETES,
    goPackage: "k8s.io/kubernetes/cmd/kube-controller-manager",
    coldBuildSeconds: 60,
  },
  "kube-scheduler": { ...KUBERNETES, goPackage: "k8s.io/kubernetes/cmd/kube-scheduler", coldBuildSeconds: 5 },
  registry: {
    folder: "registry",
    module: "github.com/distribution/distribution/v3",
    goPackage: "github.com/distribution/distribution/v3/cmd/registry",
    coldBuildSeconds: 80,
  },
  "source-controller": {
    folder: "source-controller",
    module: "github.com/fluxcd/source-controller",
    goPackage: "github.com/fluxcd/source-controller",
    coldBuildSeconds: 215,
  },
  "helm-controller": {
    folder: "helm-controller",
    module: "github.com/fluxcd/helm-controller",
    goPackage: "github.com/fluxcd/helm-controller",
    coldBuildSeconds: 100,
  },
  kwok: { folder: "kwok", module: "sigs.k8s.io/kwok", goPackage: "sigs.k8s.io/kwok/cmd/kwok", coldBuildSeconds: 60 },
  "openmcp-operator": {
    folder: "openmcp-operator",
    module: "github.com/openmcp-project/openmcp-operator",
    goPackage: "github.com/openmcp-project/openmcp-operator/cmd/openmcp-operator",
    coldBuildSeconds: 80,
  },
  kubectl: { ...KUBERNETES, goPackage: "k8s.io/kubernetes/cmd/kubectl", coldBuildSeconds: 65 },
  crane: {
    folder: "crane",
    module: "github.com/google/go-containerregistry",
    goPackage: "github.com/google/go-containerregistry/cmd/crane",
    coldBuildSeconds: 7,
  },
  cosign: {
    folder: "cosign",
    module: "github.com/sigstore/cosign/v3",
    goPackage: "github.com/sigstore/cosign/v3/cmd/cosign",
    coldBuildSeconds: 180,
  },
};

/** Describes one program; its version is the one that the folder's go.mod requires. */
export function describeBinary(name: BinaryName): Binary {
  const { folder: folderName, module, goPackage, coldBuildSeconds } = RECIPES[name];
  const folder = join(import.meta.dirname, "binaries", folderName);
  const version = requiredVersion(readFileSync(join(folder, "go.mod"), "utf8"), module);
  return {
    name,
    version,
    folder,
    goPackage,
    linkerFlags: linkerFlags(module, version),
    coldBuildMs: coldBuildSeconds * 1000,
  };
}

/** Tells whether `name` is one of ours. */
export function isBinaryName(name: string): name is BinaryName {
  return Object.hasOwn(RECIPES, name);
}

/** Finds the version of `module` among the `require` lines of a go.mod. */
export function requiredVersion(goMod: string, module: string): string {
  for (const line of goMod.split("\n")) {
    const [name, version] = line
      .replace(/^require\s/u, "")
      .trim()
      .split(/\s+/u);
    if (name === module && version?.startsWith("v") === true) {
      return version;
    }
  }
  throw new Error(`expected go.mod to require ${module}, found no such line`);
}

// Without its version an API server calls itself v0.0.0, and Helm refuses charts that state a kubeVersion.
function linkerFlags(module: string, version: string): string {
  if (module !== KUBERNETES.module) {
    return "-s -w";
  }
  const [major = "", minor = ""] = version.slice(1).split(".");
  const stamped = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: "none",
    gitTreeState: "clean",
  };
  const stamps = Object.entries(stamped).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ["-s -w", ...stamps].join(" ");
}
