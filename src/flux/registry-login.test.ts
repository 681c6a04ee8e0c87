import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { loginFor } from "./registry-login.ts";

function configOf(...entries: readonly string[]): string {
  return JSON.stringify({
    auths: Object.fromEntries(entries.map((entry) => [entry, { username: entry, password: "secret" }])),
  });
}

describe("loginFor", () => {
  const cases = [
    { repository: "r.example/a/chart", entries: ["r.example"], login: "r.example" },
    { repository: "r.example/a/chart", entries: ["https://r.example"], login: "https://r.example" },
    {
      repository: "index.docker.io/a/chart",
      entries: ["https://index.docker.io/v1/"],
      login: "https://index.docker.io/v1/",
    },
    { repository: "r.example:5000/a/chart", entries: ["r.example"], login: undefined },
    { repository: "r.example:5000/a/chart", entries: ["r.example:5000"], login: "r.example:5000" },
    { repository: "eu.r.example/a/chart", entries: ["*.r.example"], login: "*.r.example" },
    { repository: "a.eu.r.example/chart", entries: ["*.r.example"], login: undefined },
    { repository: "r.example/a/chart", entries: ["r.example", "r.example/a"], login: "r.example/a" },
    { repository: "r.example/b/chart", entries: ["r.example", "r.example/a"], login: "r.example" },
    { repository: "r.example/a/chart", entries: ["other.example"], login: undefined },
    { repository: "r.example/a/chart", entries: [], login: undefined },
  ];
  for (const { repository, entries, login } of cases) {
    it(`takes ${login ?? "no login"} of ${entries.join(" and ") || "no entries"} for ${repository}`, () => {
      assert.equal(loginFor(repository, configOf(...entries))?.username, login);
    });
  }

  it("reads user and password out of auth, which counts before the fields", () => {
    const auth = Buffer.from("user:with:colon").toString("base64");
    const config = JSON.stringify({ auths: { "r.example": { auth, username: "other" } } });

    assert.deepEqual(loginFor("r.example/a", config), { username: "user", password: "with:colon" });
  });

  it("reads tokens", () => {
    const config = JSON.stringify({ auths: { "r.example": { identitytoken: "refresh", registrytoken: "access" } } });

    assert.deepEqual(loginFor("r.example/a", config), { identityToken: "refresh", registryToken: "access" });
  });

  it("finds nothing in a text that is no Docker configuration", () => {
    for (const text of ["", "{", "[]", '{"auths":[]}', '{"auths":{"r.example":1}}']) {
      assert.deepEqual(loginFor("r.example/a", text) ?? {}, {});
    }
  });
});
