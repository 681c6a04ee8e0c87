import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allBinaries, describeBinary, isBinaryName, requiredVersion } from "./binary.ts";
import { goBuildArguments } from "./build-binary.ts";
import { isRecentEnough } from "./go-toolchain.ts";

void describe("the recipes of binaries", () => {
  for (const name of allBinaries) {
    void it(`takes the version of ${name} from its go.mod`, () => {
      assert.match(describeBinary(name).version, /^v\d+\.\d+\.\d+$/u);
    });
  }

  void it("finds a required version among direct and indirect ones", () => {
    const goMod = "module m\n\nrequire example.org/a v1.2.3\n\nrequire (\n\texample.org/b v0.1.0 // indirect\n)\n";

    assert.equal(requiredVersion(goMod, "example.org/a"), "v1.2.3");
    assert.equal(requiredVersion(goMod, "example.org/b"), "v0.1.0");
    assert.throws(() => requiredVersion(goMod, "example.org/c"), /expected go\.mod to require example\.org\/c/u);
  });

  void it("links Kubernetes with its version, because Helm asks the API server for it", () => {
    const args = goBuildArguments(describeBinary("kube-apiserver"), "/out");

    const { version } = describeBinary("kube-apiserver");
    assert.ok(args.some((arg) => arg.includes(`-X k8s.io/component-base/version.gitVersion=${version}`)));
  });

  void it("links other programs without it", () => {
    assert.deepEqual(goBuildArguments(describeBinary("kwok"), "/out"), [
      "build",
      "-p",
      "2",
      "-trimpath",
      "-ldflags=-s -w",
      "-o",
      "/out",
      "sigs.k8s.io/kwok/cmd/kwok",
    ]);
  });

  void it("knows its own names only", () => {
    assert.equal(isBinaryName("etcd"), true);
    assert.equal(isBinaryName("toString"), false);
  });

  for (const [version, expected] of [
    ["go1.25.9", false],
    ["go1.26", true],
    ["go1.26.8", true],
    ["go1.27rc1", true],
    ["go2.0", true],
    ["devel", false],
  ] as const) {
    void it(`${expected ? "builds" : "refuses to build"} with ${version}`, () => {
      assert.equal(isRecentEnough(version), expected);
    });
  }
});
