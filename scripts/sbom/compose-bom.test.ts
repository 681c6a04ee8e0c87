import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bom, Component } from "./bom.ts";
import { composeBom, withoutVirtual } from "./compose-bom.ts";
import { debianParts } from "./debian-parts.ts";
import { describeNode, nodeParts } from "./node-parts.ts";

const program: Component = { type: "application", name: "program", version: "1.0.0", "bom-ref": "program" };
const bundled: Component = { type: "library", name: "bundled", version: "2.0.0", "bom-ref": "bundled" };
const bundle: Bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  metadata: { component: program },
  components: [bundled],
  dependencies: [{ ref: "program", dependsOn: ["bundled"] }, { ref: "bundled" }],
};
const base = {
  name: "base-files",
  version: "13.8+deb13u8",
  architecture: "arm64",
  path: "pool/main/b/base-files/b.deb",
  sha256: "ef",
};
const surroundings = {
  node: describeNode("26.10.0"),
  nodeParts: nodeParts({ uv: "1.52.1" }),
  libraries: debianParts([
    base,
    { name: "libc6", version: "2.41-12", architecture: "arm64", path: "pool/main/g/glibc/l.deb", sha256: "ab" },
  ]),
};

const subject = {
  repository: "ghcr.io/example/images/program",
  tag: "v1.0.0",
  architecture: "arm64",
  time: new Date("2027-01-15T08:00:00Z"),
};

describe("composeBom", () => {
  it("is about the image of one platform", () => {
    const { type, name, purl } = composeBom(bundle, surroundings, subject).metadata.component;

    assert.deepEqual([type, name], ["container", "program"]);
    assert.equal(purl, "pkg:oci/program?arch=arm64&repository_url=ghcr.io%2Fexample%2Fimages%2Fprogram&tag=v1.0.0");
  });

  it("adds Node, its parts and its libraries, and says which needs which", () => {
    const { components, dependencies } = composeBom(bundle, surroundings, subject);

    assert.deepEqual(
      components.map(({ name }) => name),
      ["bundled", "node", "libuv", "base-files", "libc6"],
    );
    assert.deepEqual(dependencies, [
      { ref: "program", dependsOn: ["bundled", "node-part:node@26.10.0"] },
      { ref: "bundled" },
      {
        ref: "node-part:node@26.10.0",
        dependsOn: ["node-part:libuv@1.52.1", "debian:base-files@13.8+deb13u8", "debian:libc6@2.41-12"],
      },
      { ref: "node-part:libuv@1.52.1" },
      { ref: "debian:base-files@13.8+deb13u8" },
      { ref: "debian:libc6@2.41-12" },
    ]);
  });

  it("has the time of the sources, and a serial number that follows from the content", () => {
    const one = composeBom(bundle, surroundings, subject);
    const same = composeBom(bundle, surroundings, subject);
    const other = composeBom(bundle, { ...surroundings, nodeParts: [] }, subject);

    assert.equal(one.metadata.timestamp, "2027-01-15T08:00:00.000Z");
    assert.deepEqual(one, same);
    assert.notEqual(one.serialNumber, other.serialNumber);
    assert.match(one.serialNumber ?? "", /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("withoutVirtual", () => {
  it("gives what a made-up module imports to whoever imports that module", () => {
    const properties = [{ name: "cdx:esbuild:input:isVirtual", value: "true" }];
    const madeUp: Component = { type: "library", name: "made up", version: "", "bom-ref": "virtual", properties };
    const { components, dependencies } = withoutVirtual({
      ...bundle,
      components: [bundled, madeUp],
      dependencies: [
        { ref: "program", dependsOn: ["virtual", "bundled"] },
        { ref: "virtual", dependsOn: ["bundled", "other"] },
        { ref: "bundled" },
      ],
    });

    assert.deepEqual(components, [bundled]);
    assert.deepEqual(dependencies, [{ ref: "program", dependsOn: ["bundled", "other"] }, { ref: "bundled" }]);
  });
});

describe("debianParts", () => {
  it("name version, architecture and release in the package URL, and the digest of the file", () => {
    const [, library] = debianParts([
      base,
      {
        name: "libstdc++6",
        version: "14.2.0-19",
        architecture: "arm64",
        path: "pool/main/g/gcc-14/l.deb",
        sha256: "cd",
      },
    ]);

    assert.equal(library?.purl, "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=arm64&distro=debian-13");
    assert.deepEqual(library.hashes, [{ alg: "SHA-256", content: "cd" }]);
  });

  it("say where the source is, also of a package that was built again", () => {
    const [, library] = debianParts([
      base,
      {
        name: "libc6",
        version: "2.41-12+deb13u1+b2",
        architecture: "arm64",
        path: "pool/main/g/glibc/l.deb",
        sha256: "",
      },
    ]);

    assert.deepEqual(library?.externalReferences, [
      { type: "source-distribution", url: "https://snapshot.debian.org/package/glibc/2.41-12%2Bdeb13u1/" },
    ]);
  });

  it("refuse a package whose licence nobody has read", () => {
    assert.throws(() => debianParts([base, { ...base, name: "bash" }]), /found none for "bash": read its copyright/);
  });

  it("refuse packages of a release that nobody knows", () => {
    assert.throws(() => debianParts([{ ...base, name: "libc6" }]), /expected base-files among the Debian packages/);
  });
});
