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

  for (const [what, env, expected] of [
    ["nothing", {}, undefined],
    ["a host and a port", { HTTPS_PROXY: "proxy.test:3128" }, "http://proxy.test:3128"],
    ["a password", { HTTPS_PROXY: "http://me:p%40ss@proxy.test:3128" }, "http://me:p%40ss@proxy.test:3128"],
    ["a SOCKS proxy that looks up names", { HTTPS_PROXY: "socks5h://proxy.test:1080" }, "socks5://proxy.test:1080"],
    ["both cases", { HTTPS_PROXY: "http://upper.test", https_proxy: "http://lower.test" }, "http://upper.test"],
    ["an empty upper case", { HTTPS_PROXY: "", https_proxy: "http://lower.test" }, "http://lower.test"],
    ["an exemption in lower case", { HTTPS_PROXY: "http://upper.test", NO_PROXY: "", no_proxy: "api.test" }, undefined],
    ["a proxy for another scheme", { HTTP_PROXY: "http://plain.test" }, undefined],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.equal(proxyFromEnvironment("https://api.test", env), expected);
    });
  }

  for (const proxy of [
    "ftp://me:hunter2@proxy.test",
    "http://me:hunter2%@proxy.test",
    "http://me:hunter2%zz@proxy.test",
    "http://me:hunter2@proxy.test:x",
    "http://me:hunter2 @proxy.test",
  ]) {
    it(`says which variable is wrong, and quotes nothing of ${proxy}`, () => {
      assert.throws(
        () => proxyFromEnvironment("https://api.test", { HTTPS_PROXY: proxy }),
        /^KubeconfigError: environment: HTTPS_PROXY must be a URL that starts with one of http:\/\/, [^2]*$/,
      );
    });
  }
});
