import type { Obj } from "../../object.ts";

/** The object after a write, and whether the write has made it. */
export type Written = { readonly object: Obj; readonly created: boolean };
