/** `metav1.ObjectMeta`, the fields this project reads or writes. */
export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
};

/** `metav1.OwnerReference`. */
export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** `metav1.ManagedFieldsEntry`. */
export type ManagedFieldsEntry = {
  readonly manager?: string;
  readonly operation?: "Apply" | "Update";
  readonly apiVersion?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
};

/** The fields that every Kubernetes object has. */
export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
};

/** Whether an object is being deleted. */
export function isTerminating(object: KubeObject | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}

/** Whether the object is deleted and has no finalizer left: the last state that an API server sends. */
export function isGone({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

/** An object without its version, which each write changes. */
export function withoutVersion<T extends KubeObject>({
  metadata,
  ...content
}: T): Omit<T, "metadata"> & { readonly metadata: Omit<ObjectMeta, "resourceVersion"> } {
  const { resourceVersion: _, ...lasting } = metadata;
  return { ...content, metadata: lasting };
}

/** `metav1.Condition`. */
export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
};

/** Names one object of a resource. `namespace` is absent for a cluster-scoped object. */
export type ObjectRef = {
  readonly name: string;
  readonly namespace?: string;
};
