import { createHash } from "node:crypto";
import type { Bom, Component, Dependency } from "./bom.ts";

/** What is in an image beside the bundle. */
export type Surroundings = {
  readonly node: Component;
  /** What that Node is built from. */
  readonly nodeParts: readonly Component[];
  /** The shared libraries that it loads. */
  readonly libraries: readonly Component[];
};

/** Leaves out modules that a plugin of the build has made up, and gives what they import to whoever imports them. */
export function withoutVirtual(bom: Bom): Bom {
  const virtual = new Set(bom.components.filter(isVirtual).map((component) => component["bom-ref"]));
  const imports = new Map(bom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
  const real = (ref: string): readonly string[] => (virtual.has(ref) ? (imports.get(ref) ?? []).flatMap(real) : [ref]);
  return {
    ...bom,
    components: bom.components.filter((component) => !isVirtual(component)),
    dependencies: bom.dependencies
      .filter(({ ref }) => !virtual.has(ref))
      .map(({ ref, dependsOn }) => ({
        ref,
        ...(dependsOn !== undefined && { dependsOn: [...new Set(dependsOn.flatMap(real))] }),
      })),
  };
}

function isVirtual({ properties = [] }: Component): boolean {
  return properties.some(({ name, value }) => name === "cdx:esbuild:input:isVirtual" && value === "true");
}

/** Which image an SBOM describes. */
export type Subject = {
  /** Where the image is published, without a tag. */
  readonly repository: string;
  readonly tag: string;
  readonly architecture: string;
  /** When its sources were committed. */
  readonly time: Date;
};

const AUTHORS = [{ name: "service-provider-ocm contributors" }];

/** Makes the SBOM of an image from that of the bundle. Pure: same parts, same document. */
export function composeBom(bundle: Bom, surroundings: Surroundings, subject: Subject): Bom {
  const { node, nodeParts, libraries } = surroundings;
  const components = [...bundle.components, node, ...nodeParts, ...libraries];
  const below = [...nodeParts, ...libraries].map((part) => part["bom-ref"]);
  const program = bundle.metadata.component["bom-ref"];
  const bom = {
    ...bundle,
    // A wall clock would give each build another document, and so another digest.
    metadata: {
      ...bundle.metadata,
      timestamp: subject.time.toISOString(),
      lifecycles: [{ phase: "build" as const }],
      authors: AUTHORS,
      component: describeImage(bundle.metadata.component, subject),
    },
    components,
    dependencies: [
      ...bundle.dependencies.map((dependency) =>
        dependency.ref === program ? withOneMore(dependency, node["bom-ref"]) : dependency,
      ),
      { ref: node["bom-ref"], dependsOn: below },
      ...below.map((ref) => ({ ref })),
    ],
  };
  return { ...bom, serialNumber: serialNumber(JSON.stringify(bom)) };
}

function describeImage(program: Component, { repository, tag, architecture }: Subject): Component {
  const qualifiers = new URLSearchParams({ arch: architecture, repository_url: repository, tag });
  return { ...program, type: "container", purl: `pkg:oci/${repository.replace(/.*\//u, "")}?${qualifiers.toString()}` };
}

function withOneMore({ ref, dependsOn = [] }: Dependency, another: string): Dependency {
  return { ref, dependsOn: [...dependsOn, another] };
}

/** A UUID of version 8 (RFC 9562), which leaves all other bits to us: here to a digest. */
function serialNumber(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex");
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`];
  return `urn:uuid:${parts.join("-")}-${digits.slice(20, 32)}`;
}
