/** One package of `package-lock.json`; the root has an empty path. */
export type LockedPackage = {
  readonly version?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/** `package-lock.json`, lock file version 3. */
export type Lock = { readonly packages: Readonly<Record<string, LockedPackage>> };

/** `…/binding-linux-arm64-musl`, `…/darwin-x64`: how packages with a native program name their platform. */
const PLATFORM = /\/(?:binding-)?(?<os>[a-z]+[0-9]*)-(?<cpu>[a-z0-9]+)(?:-(?<abi>[a-z]+))?$/;

/** Optional packages that the lock names without locking them; `npm ci` refuses such a lock. */
export function missingFrom({ packages }: Lock): readonly { readonly name: string; readonly version: string }[] {
  return Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.entries(optionalDependencies ?? {}))
    .map(([name, version]) => ({ name, version }))
    .filter(({ name }) => packages[`node_modules/${name}`] === undefined);
}

/**
 * Locks what `npm install` leaves out.
 *
 * npm drops an optional package of another platform from the lock when the registry it asks does not have it.
 */
export function completeLock(lock: Lock): Lock {
  const added = missingFrom(lock).map(({ name, version }): [string, LockedPackage] => [
    `node_modules/${name}`,
    { version, ...platformOf(name), dev: true, optional: true },
  ]);
  const [[root, project] = ["", {}], ...others] = Object.entries(lock.packages);
  const sorted = [...others, ...added].toSorted(([one], [other]) => one.localeCompare(other, "en"));
  return { ...lock, packages: Object.fromEntries([[root, project], ...sorted]) };
}

function platformOf(name: string): LockedPackage {
  const { os, cpu, abi } = PLATFORM.exec(name)?.groups ?? {};
  if (os === undefined || cpu === undefined) {
    throw new Error(`expected a package named after its platform, found ${name}`);
  }
  const libc = abi === "gnu" ? { libc: ["glibc"] } : abi === "musl" ? { libc: ["musl"] } : {};
  return { os: [os], cpu: [cpu], ...libc };
}
