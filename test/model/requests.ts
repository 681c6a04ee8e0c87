import { type ClusterRequest, serveOnCluster } from "./clusters.ts";
import { type Answer, findKind, isSelected, kindsOf, type ObjectRequest, present, seenId, serve } from "./server.ts";
import { things } from "./things.ts";
import {
  ACCESSES,
  type AccessName,
  CACHED,
  idAt,
  indexOf,
  KIND_NAMES,
  type KindName,
  read,
  type World,
  withIds,
  withValues,
} from "./world.ts";

/** Where a request of the provider goes: to an API server, or to the cluster that an access is for. */
export type Place = "onboarding" | "platform" | AccessName;
/** A request of the provider. */
export type Request = { readonly at: Place; readonly call: ClusterRequest };

/** The access with which a request is sent to a cluster that toolkits run on. */
export function accessAt(at: Place): AccessName | undefined {
  return at === "onboarding" || at === "platform" ? undefined : at;
}

/** Whether a request can change anything. */
export function isWrite({ call: { verb } }: Request): boolean {
  return verb !== "get" && verb !== "list" && verb !== "version";
}

/** A request as a position of a pass has it. */
export type Sent = { readonly request: Request; readonly requestId: number; readonly uids: ReadonlySet<string> };

const objectsServed = new Map<string, { readonly storedId: number; readonly answerId: number }>();

/** What a request does to the world, and the number of what is answered. A watch tells of it early or late. */
export function serveRequest(
  world: World,
  sent: Sent,
  isLate = false,
): { readonly world: World; readonly answerId: number } {
  const { at, call } = sent.request;
  if (accessAt(at) === undefined && call.verb !== "version" && call.verb !== "list") {
    const name = findKind(call);
    return name === undefined
      ? { world, answerId: things.idOf({ error: "NotFound" } satisfies Answer) }
      : serveObject(world, name, { ...sent, call, isLate });
  }
  const { world: next, answer } = serveOthers(world, sent.request);
  return { world: next, answerId: things.idOf(answer) };
}

function serveOthers(world: World, request: Request): { readonly world: World; readonly answer: Answer } {
  const { at, call } = request;
  const access = accessAt(at);
  if (access !== undefined) {
    const { cluster, answer } = serveOnCluster(world, access, call);
    return { world: withValues(world, { [ACCESSES[access].target]: cluster }), answer };
  }
  if (call.verb === "version") {
    return { world, answer: { object: "v1.33.1" } };
  }
  return { world, answer: { object: call.verb === "list" ? listed(world, call) : undefined } };
}

function serveObject(
  world: World,
  name: KindName,
  { call, requestId, uids, isLate }: Sent & { readonly call: ObjectRequest; readonly isLate: boolean },
): { readonly world: World; readonly answerId: number } {
  const isNew = idAt(world, name) === 0 && (call.verb === "apply" || call.verb === "create");
  const uid = isNew ? freshUid(world, name, uids) : "";
  const key = `${idAt(world, name)} ${requestId} ${uid}`;
  const known = objectsServed.get(key);
  if (known !== undefined) {
    return { world: withObjectId(world, name, known.storedId, isLate), answerId: known.answerId };
  }
  const { stored, answer } = serve(read(world, name), call, uid);
  const served = { storedId: things.idOf(stored), answerId: things.idOf(answer) };
  objectsServed.set(key, served);
  return { world: withObjectId(world, name, served.storedId, isLate), answerId: served.answerId };
}

function listed(world: World, { labelSelector = "", ...asked }: Extract<ClusterRequest, { verb: "list" }>): unknown {
  return kindsOf(asked)
    .map((name) => read(world, name))
    .filter((object) => object !== undefined)
    .filter((object) => isSelected(object, labelSelector))
    .map(present);
}

/** A uid that nobody has heard of. */
export function freshUid(world: World, name: KindName, used: ReadonlySet<string> = new Set()): string {
  const around = [read(world, name), ...(CACHED.includes(name) ? [read(world, `seen ${name}`)] : [])];
  const owners = KIND_NAMES.flatMap((one) => read(world, one)?.metadata.ownerReferences ?? []);
  const known = new Set([...around.map((object) => object?.metadata.uid), ...owners.map(({ uid }) => uid), ...used]);
  for (let number = 0; ; number += 1) {
    const uid = `${name}-${number}`;
    if (!known.has(uid)) {
      return uid;
    }
  }
}

/**
 * The world with an object as it is now. A watch tells of it at once, unless its news are late, or earlier ones are: they
 * come in their order.
 */
export function withObjectId(world: World, name: KindName, id: number, isLate = false): World {
  if (id === idAt(world, name)) {
    return world;
  }
  const isTold = !isLate && CACHED.includes(name) && !isStale(world, name);
  const next = withIds(world, [[indexOf(name), id]]);
  return isTold ? told(next, name) : next;
}

/** The world in which the provider's cache has heard the newest of a kind. */
export function told(world: World, name: KindName): World {
  return withIds(world, [[indexOf(`seen ${name}`), seenId(name, idAt(world, name))]]);
}

/** Whether the provider's cache has an earlier state of an object. */
export function isStale(world: World, name: KindName): boolean {
  return CACHED.includes(name) && idAt(world, `seen ${name}`) !== seenId(name, idAt(world, name));
}
