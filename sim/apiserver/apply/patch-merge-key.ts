/** How a strategic merge patch treats a list: as a whole, value by value, or item by item under a key. */
export type PatchStrategy =
  | { readonly kind: "replace" }
  | { readonly kind: "values" }
  | { readonly kind: "items"; readonly key: string };

const REPLACE: PatchStrategy = { kind: "replace" };

// The key depends on where a field lies: the pattern is matched against the end of the path.
const MERGE_KEYS: readonly (readonly [path: RegExp, key: string])[] = [
  [/(^|\.)(containers|initContainers|ephemeralContainers|volumes|env|imagePullSecrets|schedulingGates)$/u, "name"],
  [/ontainers\.ports$/u, "containerPort"],
  [/^spec\.ports$/u, "port"],
  [/\.volumeMounts$/u, "mountPath"],
  [/\.volumeDevices$/u, "devicePath"],
  [/\.hostAliases$/u, "ip"],
  [/\.topologySpreadConstraints$/u, "topologyKey"],
  [/^status\.(conditions|addresses)$/u, "type"],
  [/^status\.podIPs$/u, "ip"],
  [/^secrets$/u, "name"],
  [/^metadata\.ownerReferences$/u, "uid"],
  [/^spec\.taints$/u, "key"],
];

const VALUE_LISTS: readonly RegExp[] = [/^metadata\.finalizers$/u, /^spec\.podCIDRs$/u];

/** The strategy for the list at `path` of a built-in object (list items do not appear in the path). */
export function patchStrategy(path: string): PatchStrategy {
  if (VALUE_LISTS.some((pattern) => pattern.test(path))) {
    return { kind: "values" };
  }
  const key = MERGE_KEYS.find(([pattern]) => pattern.test(path))?.[1];
  return key === undefined ? REPLACE : { kind: "items", key };
}
