import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { constructorSchema } from "../../scripts/component/constructor-schema.ts";
import { buildImageOnce, LAYOUT } from "../support/image-layout.ts";

const FOLDER = "dist/component";

type Constructor = {
  readonly components: readonly [
    {
      readonly version: string;
      readonly resources: readonly {
        readonly type: string;
        readonly access?: { readonly imageReference: string };
        readonly input?: { readonly path: string };
      }[];
    },
  ];
};

describe("npm run component", () => {
  let constructor: Constructor;

  before(() => {
    buildImageOnce();
    for (const script of ["scripts/sbom.ts", "scripts/component.ts"]) {
      execFileSync(process.execPath, [script], { stdio: ["ignore", "ignore", "inherit"] });
    }
    constructor = load(readFileSync(join(FOLDER, "component-constructor.yaml"), "utf8")) as Constructor;
  });

  it("writes a constructor that is valid as it stands", () => {
    const isValid = new Ajv().compile(constructorSchema);

    assert.ok(isValid(constructor), JSON.stringify(isValid.errors));
  });

  it("brings every file along that the constructor names", () => {
    const paths = constructor.components[0].resources.flatMap(({ input }) => input?.path ?? []);

    assert.ok(paths.length > 2);
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(FOLDER, path))),
      [],
    );
  });

  it("refers to the image that was built, by the digest that a registry gives it", () => {
    const index = JSON.parse(readFileSync(`${LAYOUT}/index.json`, "utf8")) as {
      readonly manifests: readonly [{ readonly digest: string }];
    };
    const [{ version, resources }] = constructor.components;
    const image = resources.find(({ type }) => type === "ociImage");

    assert.equal(version, readFileSync("VERSION", "utf8").trim());
    assert.ok(image?.access?.imageReference.endsWith(`:${version}@${index.manifests[0].digest}`));
  });
});
