/**
 * A set of field paths, as a tree of path elements in the spelling of `fieldsV1` (`f:spec`, `k:{"name":"a"}`, `v:"a"`).
 *
 * A path is in the set when its last element is a member; having children does not make it one.
 */
export type FieldSet = {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
};

/** A path from the root of an object. */
export type FieldPath = readonly string[];

export const EMPTY_SET: FieldSet = { members: new Set(), children: new Map() };

/** The set of exactly these paths. */
export function fieldSetOf(paths: Iterable<FieldPath>): FieldSet {
  const members = new Set<string>();
  const tails = new Map<string, FieldPath[]>();
  for (const [first, ...rest] of paths) {
    if (first === undefined) {
      continue;
    }
    if (rest.length === 0) {
      members.add(first);
    } else {
      tails.set(first, [...(tails.get(first) ?? []), rest]);
    }
  }
  return { members, children: new Map([...tails].map(([element, ends]) => [element, fieldSetOf(ends)])) };
}

/** All paths in a stable order: fields before keys before values, each by name. */
export function* pathsOf(set: FieldSet, prefix: FieldPath = []): Generator<FieldPath> {
  const elements = new Set([...set.members, ...set.children.keys()]);
  for (const element of [...elements].toSorted()) {
    const path = [...prefix, element];
    if (set.members.has(element)) {
      yield path;
    }
    yield* pathsOf(below(set, element), path);
  }
}

export function isEmptySet(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmptySet);
}

/** The part of the set below one path element. */
export function below(set: FieldSet, element: string): FieldSet {
  return set.children.get(element) ?? EMPTY_SET;
}

/** Paths that are in either set. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(right)) {
    return left;
  }
  const children = new Map(left.children);
  for (const [element, set] of right.children) {
    children.set(element, union(below(left, element), set));
  }
  return { members: new Set([...left.members, ...right.members]), children };
}

/** Paths that are in the left set only. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(right)) {
    return left;
  }
  return combine(left, right, (member, other) => !other.has(member));
}

/** Paths that are in both sets. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (member, other) => other.has(member));
}

/** Without the given top-level fields and everything below them. */
export function withoutTopLevel(set: FieldSet, elements: readonly string[]): FieldSet {
  return {
    members: new Set([...set.members].filter((element) => !elements.includes(element))),
    children: new Map([...set.children].filter(([element]) => !elements.includes(element))),
  };
}

type MemberRule = (member: string, other: ReadonlySet<string>) => boolean;

function combine(left: FieldSet, right: FieldSet, isKept: MemberRule): FieldSet {
  const children = [...left.children]
    .map(([element, set]) => [element, combine(set, below(right, element), isKept)] as const)
    .filter(([, set]) => !isEmptySet(set));
  const members = [...left.members].filter((member) => isKept(member, right.members));
  return { members: new Set(members), children: new Map(children) };
}
