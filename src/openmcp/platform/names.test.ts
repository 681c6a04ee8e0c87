import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { hash8, nameUUID, requestName, shorten, tenantNamespace } from "./names.ts";

type Vector = { readonly in: readonly (string | number)[]; readonly out?: string; readonly error?: boolean };

const vectors = JSON.parse(readFileSync(new URL("naming.vectors.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly Vector[]>
>;

const functions: Readonly<Record<string, (input: readonly (string | number)[]) => string>> = {
  "nameUUID(...names)": (input) => nameUUID(...input.map(String)),
  "tenantNamespace(name, namespace)": ([name, namespace]) => tenantNamespace(String(name), String(namespace)),
  "hash8(...names)": (input) => hash8(...input.map(String)),
  "shorten(text, max)": ([text, max]) => shorten(String(text), Number(max)),
  "requestName(controller, name, suffix)": ([controller, name, suffix]) =>
    requestName(String(controller), String(name), String(suffix)),
};

const CONTROLLER = "ocm.services.openmcp.cloud";
const dns1123Label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u;
const dns1123Subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u;

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u);
const subdomain = fc
  .array(label, { minLength: 1, maxLength: 6 })
  .map((labels) => labels.join("."))
  .filter((name) => name.length <= 253);

describe("names", () => {
  for (const [signature, cases] of Object.entries(vectors)) {
    for (const { in: input, out, error } of cases) {
      it(`${signature} of ${JSON.stringify(input)} is ${error === true ? "an error" : String(out)}`, () => {
        const compute = functions[signature];
        assert.ok(compute, `no function for ${signature}`);

        if (error === true) {
          assert.throws(() => compute(input));
        } else {
          assert.equal(compute(input), out);
        }
      });
    }
  }

  it("makes a valid object name of at most 63 bytes from names of 1, 30, 31, 63 and 253 characters", () => {
    for (const length of [1, 30, 31, 63, 253]) {
      const name = requestName(CONTROLLER, "a".repeat(length), "mcp");

      assert.match(name, dns1123Subdomain);
      assert.ok(name.length <= 63);
      assert.ok(name.endsWith("--mcp"));
    }
  });

  it("keeps every request name valid and within 63 bytes", () => {
    fc.assert(
      fc.property(subdomain, fc.constantFrom("mcp", "wl", ""), (name, suffix) => {
        const result = requestName(CONTROLLER, name, suffix);

        assert.match(result, dns1123Subdomain);
        assert.ok(result.length <= 63);
        assert.equal(result, requestName(CONTROLLER, name, suffix));
      }),
    );
  });

  it("tells different names apart", () => {
    fc.assert(
      fc.property(subdomain, subdomain, (one, other) => {
        fc.pre(one !== other);

        assert.notEqual(requestName(CONTROLLER, one, "mcp"), requestName(CONTROLLER, other, "mcp"));
        assert.notEqual(tenantNamespace(one, "ns"), tenantNamespace(other, "ns"));
      }),
    );
  });

  it("makes a valid namespace name that depends on both name and namespace", () => {
    fc.assert(
      fc.property(subdomain, label, label, (name, namespace, other) => {
        fc.pre(namespace !== other);
        const result = tenantNamespace(name, namespace);

        assert.match(result, dns1123Label);
        assert.ok(result.length <= 63);
        assert.notEqual(result, tenantNamespace(name, other));
      }),
    );
  });

  it("shortens to at most the limit, and only when needed", () => {
    fc.assert(
      fc.property(subdomain, fc.integer({ min: 11, max: 63 }), (text, max) => {
        const result = shorten(text, max);

        assert.ok(Buffer.byteLength(result) <= max);
        assert.equal(result === text, text.length <= max);
      }),
    );
  });
});
