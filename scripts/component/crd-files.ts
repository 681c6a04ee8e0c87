import { globSync, readFileSync } from "node:fs";
import { load } from "js-yaml";

const FOLDER = new URL("../../src/ocm/api/crds/", import.meta.url).pathname;

type Crd = { readonly spec: { readonly group: string; readonly names: { readonly plural: string } } };

/** The CRDs of this provider under the names that such files have on the platform: `<group>_<plural>.yaml`. */
export function crdFiles(): readonly { readonly name: string; readonly path: string }[] {
  return globSync("*.yaml", { cwd: FOLDER })
    .map((file) => {
      const path = `${FOLDER}${file}`;
      const { group, names } = (load(readFileSync(path, "utf8")) as Crd).spec;
      return { name: `${group}_${names.plural}.yaml`, path };
    })
    .toSorted((one, other) => one.name.localeCompare(other.name));
}
