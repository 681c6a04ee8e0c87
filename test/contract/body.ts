/** A JSON object as the wire has it; tests read what they are about. */
export type Body = {
  readonly [field: string]: unknown;
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: BodyMetadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly items?: readonly Body[];
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly Cause[]; readonly [field: string]: unknown };
};

/** The metadata of objects and of lists. */
export type BodyMetadata = {
  readonly [field: string]: unknown;
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly BodyManagedFields[];
  readonly continue?: string;
  readonly remainingItemCount?: number;
};

/** One entry of `metadata.managedFields`. */
export type BodyManagedFields = {
  readonly [field: string]: unknown;
  readonly manager?: string;
  readonly time?: string;
};

/** One entry of `details.causes`. */
export type Cause = { readonly reason?: string; readonly message?: string; readonly field?: string };

/** One line of a watch. */
export type WatchEvent = { readonly type: string; readonly object: Body };
