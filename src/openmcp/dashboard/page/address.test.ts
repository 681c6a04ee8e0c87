import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readAddress, writeAddress } from "./address.ts";
import { EVERYTHING } from "./tenants.ts";

describe("readAddress", () => {
  it("takes the token out of what the command prints", () => {
    assert.deepEqual(readAddress("#token=abc"), { token: "abc", selection: EVERYTHING });
  });

  it("shows everything for an empty address, and for an order that does not exist", () => {
    assert.deepEqual(readAddress(""), { selection: EVERYTHING });
    assert.deepEqual(readAddress("#sort=sideways"), { selection: EVERYTHING });
  });

  it("reads what was written", () => {
    const address = {
      open: "project-a--ws-b/mcp-01",
      selection: {
        text: "a & b",
        chosen: { state: ["failing", "ready"], reason: ["InstallFailed"], version: ["1.0.0+b=1"] },
        sort: "newest",
      },
    } as const;

    assert.deepEqual(readAddress(`#${writeAddress(address)}`), address);
  });
});

describe("writeAddress", () => {
  it("never contains the token", () => {
    assert.equal(writeAddress({ token: "abc", selection: EVERYTHING }), "");
  });
});
