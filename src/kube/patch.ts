import type { KubeObject } from "./object.ts";

/** What server-side apply takes: the fields that the field manager wants to own, and nothing else. */
export type ApplyConfiguration = KubeObject & { readonly [field: string]: unknown };

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };
