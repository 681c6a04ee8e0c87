import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxyFromEnvironment } from "./proxy-environment.ts";

const proxies = { HTTPS_PROXY: "http://secure.test:3128", http_proxy: "plain.test:3128" };

describe("proxyFromEnvironment", () => {
  for (const [server, noProxy, expected] of [
    ["https://api.test", "", "http://secure.test:3128"],
    ["http://api.test", "", "http://plain.test:3128"],
    ["https://api.test", "other.test, api.test", undefined],
    ["https://a.api.test", ".api.test", undefined],
    ["https://a.api.test", "api.test", undefined],
    ["https://notapi.test", "api.test", "http://secure.test:3128"],
    ["https://api.test:6443", "api.test:6443", undefined],
    ["https://api.test", "api.test:6443", "http://secure.test:3128"],
    ["https://api.test", "*", undefined],
    ["https://10.1.2.3", "10.0.0.0/8", undefined],
    ["https://11.1.2.3", "10.0.0.0/8", "http://secure.test:3128"],
    ["https://11.1.2.3", "nonsense/x,10.0.0.0/99", "http://secure.test:3128"],
    ["https://127.0.0.1:6443", "", undefined],
    ["https://localhost:6443", "", undefined],
  ] as const) {
    it(`sends ${server} to ${expected ?? "nobody"} when NO_PROXY is "${noProxy}"`, () => {
      assert.equal(proxyFromEnvironment(server, { ...proxies, NO_PROXY: noProxy }), expected);
    });
  }

  it("knows no proxy in an empty environment", () => {
    assert.equal(proxyFromEnvironment("https://api.test", {}), undefined);
  });
});
