import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { commitOfSources } from "./build/sources.ts";
import { crdFiles } from "./component/crd-files.ts";
import { fillIn } from "./component/fill-in.ts";

const FOLDER = "dist/component";

type Layout = { readonly manifests: readonly { readonly digest: string }[] };

// npm run component: collects what `ocm add componentversion` needs. Image and SBOMs must have been made.
process.chdir(new URL("..", import.meta.url).pathname);
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(`${FOLDER}/crds`, { recursive: true });
for (const { name, path } of crdFiles()) {
  cpSync(path, `${FOLDER}/crds/${name}`);
}
cpSync("dist/sbom", `${FOLDER}/sbom`, { recursive: true });

const values = {
  VERSION: readFileSync("VERSION", "utf8").trim(),
  COMMIT: commitOfSources(),
  DIGEST: imageDigest(),
};
writeFileSync(
  `${FOLDER}/component-constructor.yaml`,
  fillIn(readFileSync("component-constructor.yaml", "utf8"), values),
);
console.log(`${FOLDER}: ${values.VERSION} with the image ${values.DIGEST}`);

/** The digest under which a registry has the image once it is pushed: that of the index of all platforms. */
function imageDigest(): string {
  const { manifests } = JSON.parse(readFileSync("dist/image/index.json", "utf8")) as Layout;
  const [index, ...others] = manifests;
  if (index === undefined || others.length > 0) {
    throw new Error(`expected one index of images in dist/image/index.json, found ${manifests.length} entries`);
  }
  return index.digest;
}
