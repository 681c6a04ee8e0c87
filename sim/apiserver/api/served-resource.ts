import type { JsonObject } from "../../json.ts";

/** One column of `kubectl get`, as in a CRD's `additionalPrinterColumns`. */
export type PrinterColumn = {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, anything higher only with `-o wide`. */
  readonly priority?: number;
};

/** One resource of one served version: what discovery, OpenAPI and tables say about it. */
export type ServedResource = {
  /** API group; the core group is `""`. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** For example `status`, `token`, `finalize`. */
  readonly subresources: readonly string[];
  /** `openAPIV3Schema` of a CRD's version; absent for built-ins. */
  readonly schema?: JsonObject;
  /** `additionalPrinterColumns` of a CRD's version; absent for built-ins. */
  readonly printerColumns?: readonly PrinterColumn[];
  /** Set while the CRD behind it is being deleted: nothing can be created any more. */
  readonly terminating?: boolean;
};

const NOT_WHILE_TERMINATING: ReadonlySet<string> = new Set(["create", "patch", "update"]);

/** The verbs that discovery shows. */
export function discoveredVerbs({ verbs, terminating }: ServedResource): readonly string[] {
  return terminating === true ? verbs.filter((verb) => !NOT_WHILE_TERMINATING.has(verb)) : verbs;
}

/** `apiVersion` of the resource's objects, for example `apps/v1` or `v1`. */
export function apiVersionOf(resource: Pick<ServedResource, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}
