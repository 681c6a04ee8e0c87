import type { Obj } from "../../sim/object.ts";
import { KubeClient } from "../../src/kube/client.ts";
import {
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  ServerError,
  UnauthorizedError,
  UnreachableError,
} from "../../src/kube/errors.ts";
import { isGone, type ObjectRef } from "../../src/kube/object.ts";
import { SilentClusterError } from "../../src/openmcp/platform/tenant-clusters.ts";
import { DISCOVERY } from "./clusters.ts";
import { accessAt, type Place, type Request } from "./requests.ts";
import type { Runtime } from "./runtime.ts";
import type { Answer, Asked } from "./server.ts";

/** The calls of a client that the provider's passes use. */
export type Calls = Pick<
  KubeClient,
  | "get"
  | "list"
  | "listMetadata"
  | "resourcesOfGroup"
  | "create"
  | "apply"
  | "mergePatch"
  | "jsonPatch"
  | "delete"
  | "version"
>;

/** A client of one API server, of which every call becomes a request of the model. */
export function clientOf(at: Place, runtime: Runtime): Calls {
  const ask = async (call: Request["call"]): Promise<unknown> => resultOf(await runtime.ask({ at, call }), at);
  return {
    get: async (resource, ref) => (await ask({ verb: "get", ...on(resource, ref) })) as never,
    list: async ({ group, plural }, { labelSelector }) => {
      const items = await ask({ verb: "list", group, plural, ...defined({ labelSelector }) });
      return { items: items as never, resourceVersion: "1" };
    },
    listMetadata: async ({ group, plural }) => {
      const items = await ask({ verb: "list", group, plural });
      return { items: items as never, remaining: 0, resourceVersion: "1" };
    },
    resourcesOfGroup: async () => (await ask({ verb: "list", ...DISCOVERY })) as never,
    create: async (resource, body) => (await ask({ verb: "create", ...on(resource, body.metadata), body })) as never,
    apply: async (resource, body, { fieldManager, force = false, isNew = false, subresource }) => {
      const options = { fieldManager, force, isNew, ...defined({ subresource }) };
      return (await ask({ verb: "apply", ...on(resource, body.metadata), body, ...options })) as never;
    },
    mergePatch: async (resource, ref, body, { fieldManager, subresource }) =>
      (await ask({ verb: "merge", ...on(resource, ref), body, ...defined({ fieldManager, subresource }) })) as never,
    jsonPatch: async (resource, ref, body) => (await ask({ verb: "json", ...on(resource, ref), body })) as never,
    delete: async (resource, ref, { uid, resourceVersion }) => {
      const answer = await ask({ verb: "delete", ...on(resource, ref), ...defined({ uid, resourceVersion }) });
      const left = answer as Obj;
      const isHeld = left.metadata.deletionTimestamp !== undefined && !isGone(left);
      return (isHeld ? left : undefined) as never;
    },
    version: async () => (await ask({ verb: "version" })) as string,
  };
}

/** A whole client that makes these calls: what it can do beside them, it does by them. */
export function wholeClient(calls: Calls, changed: Partial<Calls> = {}): KubeClient {
  return Object.assign(Object.create(KubeClient.prototype) as KubeClient, calls, changed);
}

function on({ group, plural }: Asked, { name }: ObjectRef): Asked & { readonly name: string } {
  return { group, plural, name };
}

function defined<T extends object>(fields: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Field in keyof T]?: Exclude<T[Field], undefined> };
}

const ERRORS: Readonly<Record<Extract<Answer, { error: string }>["error"], (message: string) => Error>> = {
  NotFound: (message) => new NotFoundError(message),
  Conflict: (message) => new ConflictError(message),
  Invalid: (message) => new InvalidError(message),
  AlreadyExists: (message) => new AlreadyExistsError(message),
  Unauthorized: (message) => new UnauthorizedError(message),
  Failed: (message) => new ServerError(message),
  Silent: (message) => new UnreachableError(message),
};

function resultOf(answer: Answer, at: Place): unknown {
  if (!("error" in answer)) {
    return answer.object;
  }
  const message = `the model says ${answer.error}`;
  throw answer.error === "Silent" && accessAt(at) !== undefined
    ? new SilentClusterError(message)
    : ERRORS[answer.error](message);
}
