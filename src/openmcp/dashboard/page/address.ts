import { EVERYTHING, FACETS, type Selection, type SortName } from "./tenants.ts";

/** What the fragment of the page's address says: it is never sent to a server. */
export type Address = {
  /** What the page has to show to the server. In the address it is there only at first. */
  readonly token?: string;
  readonly selection: Selection;
  /** Key of the tenant whose objects are shown. */
  readonly open?: string;
};

const SORTS: readonly SortName[] = ["failing", "name", "newest", "changed"];

/** Reads a fragment, with or without its `#`. */
export function readAddress(fragment: string): Address {
  const fields = new URLSearchParams(fragment.replace(/^#/u, ""));
  const token = fields.get("token");
  const open = fields.get("open");
  const all = (name: string): readonly string[] => fields.getAll(name);
  return {
    ...(token !== null && { token }),
    ...(open !== null && { open }),
    selection: {
      text: fields.get("text") ?? "",
      chosen: { state: all("state"), reason: all("reason"), version: all("version") },
      sort: SORTS.find((sort) => sort === fields.get("sort")) ?? EVERYTHING.sort,
    },
  };
}

/** Writes a fragment without its token: who looks over somebody's shoulder must not read it. */
export function writeAddress({ selection, open }: Address): string {
  const fields = new URLSearchParams();
  if (selection.text !== "") {
    fields.set("text", selection.text);
  }
  FACETS.forEach((facet) => selection.chosen[facet].forEach((value) => fields.append(facet, value)));
  if (selection.sort !== EVERYTHING.sort) {
    fields.set("sort", selection.sort);
  }
  if (open !== undefined) {
    fields.set("open", open);
  }
  return fields.toString();
}
