import { describe, describeConditions, type Description } from "./describe.ts";
import type { Place, Scene, Sighting } from "./scene.ts";

/** One line of the tree. */
export type TreeLine = { readonly text: string; readonly mood: Description["mood"] };

// The order in which one thing leads to the next.
const kinds: readonly string[] = [
  "OCM",
  "ProviderConfig",
  "ClusterRequest",
  "AccessRequest",
  "Secret",
  "OCIRepository",
  "HelmRelease",
  "Deployment",
];

/** Draws what is there as a tree: place, namespace, object. */
export function drawTree(scene: Scene): readonly TreeLine[] {
  return placesOf(scene).flatMap((place) => [{ text: place, mood: "done" as const }, ...drawPlace(scene.list(place))]);
}

function placesOf(scene: Scene): readonly Place[] {
  const seen = new Set(scene.list().map(({ place }) => place));
  const controlPlanes = [...seen].filter((place) => place.startsWith("control plane")).toSorted();
  return ["onboarding", "platform", ...(controlPlanes.length === 0 ? ["control plane" as const] : controlPlanes)];
}

/** One object in one line, without its place in the tree. */
export function drawObject({ object }: Sighting): string {
  return `${object.kind} ${object.metadata.name}  ${describe(object).text}`.trimEnd();
}

function drawPlace(sightings: readonly Sighting[]): readonly TreeLine[] {
  const byNamespace = Map.groupBy(sightings, ({ object }) => object.metadata.namespace ?? "");
  const namespaces = [...byNamespace].toSorted(([one], [other]) => one.localeCompare(other));
  return namespaces.flatMap(([namespace, members], index) => {
    const isLast = index === namespaces.length - 1;
    if (namespace === "") {
      return drawMembers(members, "", isLast);
    }
    return [
      { text: `${branch(isLast)}namespace ${namespace}`, mood: "done" as const },
      ...drawMembers(members, isLast ? "   " : "│  ", true),
    ];
  });
}

function drawMembers(members: readonly Sighting[], indent: string, endsHere: boolean): readonly TreeLine[] {
  return members.toSorted(compare).flatMap((member, index) => {
    const isLast = endsHere && index === members.length - 1;
    const line = { text: `${indent}${branch(isLast)}${drawObject(member)}`, mood: describe(member.object).mood };
    return [line, ...drawConditions(member, `${indent}${isLast ? "   " : "│  "}`)];
  });
}

function drawConditions({ object }: Sighting, indent: string): readonly TreeLine[] {
  return describeConditions(object).map(({ text, mood }, index, all) => ({
    text: `${indent}${branch(index === all.length - 1)}${text}`,
    mood,
  }));
}

function compare({ object: one }: Sighting, { object: other }: Sighting): number {
  const byKind = kinds.indexOf(one.kind) - kinds.indexOf(other.kind);
  return byKind === 0 ? one.metadata.name.localeCompare(other.metadata.name) : byKind;
}

function branch(isLast: boolean): string {
  return isLast ? "└─ " : "├─ ";
}
