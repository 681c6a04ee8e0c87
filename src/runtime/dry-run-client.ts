import type { Clock } from "../kube/clock.ts";
import {
  type ApplyConfiguration,
  type ApplyOptions,
  KubeClient,
  type ListOptions,
  type PatchOptions,
} from "../kube/client.ts";
import { AlreadyExistsError, ConflictError, NotFoundError, UnreachableError } from "../kube/errors.ts";
import { isRecord } from "../kube/json.ts";
import type { ListResult } from "../kube/list.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { applyResult, withGeneration } from "./apply-result.ts";
import { keyOf } from "./key.ts";

/** What a dry run works on. */
export type DryRunOptions = {
  readonly clock: Clock;
  /** Reads an object that the dry run has not been told of. Default: there is none. */
  readonly find?: <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef) => Promise<T | undefined>;
  /** Returns an object that was written as others leave it when they have done their part. `before` is the object so far. */
  readonly settle?: <T extends KubeObject>(object: T, before: T | undefined) => T;
};

/** What a dry run has done to one object: the object before, and after the last write. */
export type DryRunChange = {
  readonly resource: Resource;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
  /** What was applied last, if anything was. */
  readonly applied?: KubeObject;
};

/**
 * A client that answers as an API server would, and keeps every write to itself.
 *
 * It knows the objects that it is told of. Writes never conflict, and what is deleted is gone at once.
 */
export class DryRunClient extends KubeClient {
  readonly #options: DryRunOptions;
  readonly #objects = new Map<string, KubeObject>();
  readonly #changes = new Map<string, DryRunChange>();
  #writes = 0;

  constructor(options: DryRunOptions) {
    super({ transport: refuse, clock: options.clock, userAgent: "dry-run" });
    this.#options = options;
  }

  /** Makes an object known. */
  know(resource: Resource, object: KubeObject): void {
    this.#objects.set(idOf(resource, object.metadata), object);
  }

  /** Returns the objects of a resource that are known. */
  all<T extends KubeObject>(resource: Resource<T>): readonly T[] {
    const prefix = prefixOf(resource);
    const found = [...this.#objects].filter(([id]) => id.startsWith(prefix)).map(([, object]) => object);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- objects are known by their resource
    return found as T[];
  }

  /** Returns an object that is known. */
  known<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- objects are known by their resource
    return this.#objects.get(idOf(resource, ref)) as T | undefined;
  }

  /** Forgets all objects, and what was done. */
  reset(): void {
    this.#objects.clear();
    this.#changes.clear();
  }

  /** How many writes there were. */
  get writes(): number {
    return this.#writes;
  }

  /** What was done so far, in the order of the first writes. */
  get changes(): readonly DryRunChange[] {
    return this.#changes.values().toArray();
  }

  override async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T> {
    const found = this.known(resource, ref) ?? (await this.#findElsewhere(resource, ref));
    if (found === undefined) {
      throw new NotFoundError(`${resource.kind} ${keyOf(ref)} does not exist`);
    }
    return found;
  }

  override list<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, labelSelector = "" }: ListOptions,
  ): Promise<ListResult<T>> {
    const isMeant = ({ metadata }: T): boolean =>
      (namespace === undefined || metadata.namespace === namespace) && isSelected(metadata.labels ?? {}, labelSelector);
    return Promise.resolve({ items: this.all(resource).filter(isMeant), resourceVersion: "1" });
  }

  override create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    if (this.known(resource, object.metadata) !== undefined) {
      throw new AlreadyExistsError(`${resource.kind} ${keyOf(object)} exists`);
    }
    return Promise.resolve(this.#write(resource, object, withGeneration(object, undefined)));
  }

  override async apply<T extends KubeObject>(
    resource: Resource<T>,
    object: ApplyConfiguration,
    { fieldManager, isNew = false, signal }: ApplyOptions,
  ): Promise<T> {
    if (isNew && (await this.find(resource, object.metadata, signal)) !== undefined) {
      throw new ConflictError(`${resource.kind} ${keyOf(object.metadata)} exists`);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is applied is an object of the resource
    const desired = object as unknown as T;
    const live = this.known(resource, object.metadata);
    return this.#write(resource, desired, applyResult(live, desired, fieldManager));
  }

  override async mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: unknown,
    _options: PatchOptions,
  ): Promise<T> {
    const live = await this.get(resource, ref);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a patch leaves an object what it is
    return this.#write(resource, undefined, withGeneration(mergePatched(live, patch) as T, live));
  }

  override async delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T | undefined> {
    const before = await this.get(resource, ref);
    this.#objects.delete(idOf(resource, ref));
    this.#writes += 1;
    this.#note(resource, before, {});
    return undefined;
  }

  #write<T extends KubeObject>(resource: Resource<T>, applied: T | undefined, stored: T): T {
    const before = this.known(resource, stored.metadata);
    const { settle = (object: T) => object } = this.#options;
    const after = settle({ ...stored, metadata: { ...stored.metadata, ...this.#identityOf(before) } }, before);
    this.#objects.set(idOf(resource, after.metadata), after);
    this.#note(resource, before, { after, ...(applied !== undefined && { applied }) });
    return after;
  }

  #note(resource: Resource, before: KubeObject | undefined, change: Pick<DryRunChange, "after" | "applied">): void {
    const id = idOf(resource, (change.after ?? before)?.metadata ?? { name: "" });
    const first = this.#changes.get(id);
    const start = first === undefined ? before : first.before;
    const { applied = first?.applied } = change;
    this.#changes.set(id, {
      resource,
      ...(start !== undefined && { before: start }),
      ...(change.after !== undefined && { after: change.after }),
      ...(applied !== undefined && { applied }),
    });
  }

  // A store takes a response for news only if the version is another one.
  #identityOf(before: KubeObject | undefined): Pick<KubeObject["metadata"], "uid" | "resourceVersion"> {
    this.#writes += 1;
    const version = `dry-run-${this.#writes}`;
    return { uid: before?.metadata.uid ?? version, resourceVersion: version };
  }

  async #findElsewhere<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T | undefined> {
    const isDeleted = this.#changes.has(idOf(resource, ref));
    const found = isDeleted ? undefined : await this.#options.find?.(resource, ref);
    if (found !== undefined) {
      this.know(resource, found);
    }
    return found;
  }
}

function refuse(): never {
  throw new UnreachableError("expected a dry run to send nothing, found a request");
}

function prefixOf({ group, plural }: Resource): string {
  return `${group}/${plural} `;
}

function idOf(resource: Resource, ref: ObjectRef): string {
  return prefixOf(resource) + keyOf(ref);
}

/** Whether labels meet a selector of the forms `a=b` and `a in (b,c)`, of which several stand one after the other. */
export function isSelected(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return (selector.match(/[^,(]+(?:\([^)]*\))?/g) ?? []).every((term) => {
    const [, name = "", values = ""] = /^\s*(\S+?)\s*(?:=|in\s*)\s*\(?([^)]*)\)?$/.exec(term) ?? [];
    return values.split(",").includes(labels[name] ?? "\0");
  });
}

function mergePatched(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) {
    return patch;
  }
  const base = isRecord(value) ? value : {};
  const kept = Object.entries(base).filter(([field]) => !Object.hasOwn(patch, field));
  const changed = Object.entries(patch).filter(([, change]) => change !== null && change !== undefined);
  return Object.fromEntries([...kept, ...changed.map(([field, change]) => [field, mergePatched(base[field], change)])]);
}
