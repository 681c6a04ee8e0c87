import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { onlyLogins } from "./docker-config.ts";

function reduce(text: string): string | undefined {
  const reduced = onlyLogins(Buffer.from(text).toString("base64"));
  return reduced === undefined ? undefined : Buffer.from(reduced, "base64").toString();
}

describe("onlyLogins", () => {
  const rows = [
    ['{"auths":{"ghcr.io":{"auth":"dTpw"}}}', '{"auths":{"ghcr.io":{"auth":"dTpw"}}}'],
    [
      '{"auths":{"a":{"username":"u","password":"p","x":"y","auth":1},"b":"c"},"HttpHeaders":{"X":"y"},"proxies":{}}',
      '{"auths":{"a":{"username":"u","password":"p"},"b":{}}}',
    ],
    ['{"auths":{"__proto__":{"auth":"dTpw"}}}', '{"auths":{"__proto__":{"auth":"dTpw"}}}'],
    ['{"credsStore":"x"}', "{}"],
    ['{"auths":null}', "{}"],
    ['{"auths":[]}', undefined],
    ['{"auths":"dTpw"}', undefined],
    ["[]", undefined],
    ["user:password", undefined],
    ["-----BEGIN PRIVATE KEY-----", undefined],
    ["", undefined],
  ] as const;
  for (const [text, expected] of rows) {
    it(`makes ${expected ?? "nothing"} of ${text}`, () => {
      assert.equal(reduce(text), expected);
    });
  }
});
