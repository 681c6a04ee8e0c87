import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bindToPod, randomPodIP } from "./pod-address.ts";

describe("bindToPod", () => {
  it("takes an address without a host for the pod's own", () => {
    const args = ["run", "--metrics-bind-address=:8080", "--verbosity=INFO"];

    assert.deepEqual(bindToPod(args, "127.70.1.2"), [
      "run",
      "--metrics-bind-address=127.70.1.2:8080",
      "--verbosity=INFO",
    ]);
  });

  it("leaves alone what names a host, switches a server off, or is no address", () => {
    const args = ["--a=0", "--b=127.0.0.1:80", "--c=oci://host:80", "--d=:"];

    assert.deepEqual(bindToPod(args, "127.70.1.2"), args);
  });
});

describe("randomPodIP", () => {
  it("is an address on loopback that nobody else uses by default", () => {
    assert.match(randomPodIP(), /^127\.(?!0\.)\d+\.\d+\.\d+$/u);
  });
});
