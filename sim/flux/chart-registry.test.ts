import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { VirtualClock } from "../clock.ts";
import { ChartRegistry, dockerConfigJson, PullError } from "./chart-registry.ts";
import { toolkitChart } from "./toolkit-chart.ts";

const url = "oci://registry.example.com/kc/chart";
const login = { username: "me", password: "right" };

describe("the chart registry", () => {
  it("gives a chart to those who show the right login, and to nobody else", () => {
    const registry = new ChartRegistry({ clock: new VirtualClock(), login });
    registry.push(url, "1.0.0", toolkitChart("1.0.0"));

    assert.equal(registry.pull(url, { tag: "1.0.0" }, dockerConfigJson(url, login)).chart.version, "1.0.0");
    for (const config of [undefined, dockerConfigJson(url, { ...login, password: "wrong" }), '{"auths":{}}']) {
      assert.throws(() => registry.pull(url, { tag: "1.0.0" }, config), /UNAUTHORIZED/);
    }
  });

  it("keeps what a tag named before reachable by its digest", () => {
    const registry = new ChartRegistry({ clock: new VirtualClock() });
    const first = registry.push(url, "1.0.0", toolkitChart("1.0.0"));
    const second = registry.push(url, "1.0.0", toolkitChart("1.0.0"));

    assert.notEqual(first, second);
    assert.equal(registry.pull(url, { tag: "1.0.0" }).manifestDigest, second);
    assert.equal(registry.pull(url, { digest: first }).manifestDigest, first);
  });

  it("lists the tags of one chart to those who show the right login", () => {
    const registry = new ChartRegistry({ clock: new VirtualClock(), login });
    for (const place of [url, `${url}/other`]) {
      registry.push(place, "1.0.0", toolkitChart("1.0.0"));
    }
    registry.push(url, "latest", toolkitChart("1.0.0"));

    assert.deepEqual(registry.tags(url, dockerConfigJson(url, login)), ["1.0.0", "latest"]);
    assert.throws(() => registry.tags(url), /tags\/list\?n=1000: UNAUTHORIZED/);
  });

  it("says what it does not have", () => {
    const registry = new ChartRegistry({ clock: new VirtualClock() });

    assert.throws(
      () => registry.pull(url, { tag: "9.9.9" }),
      /MANIFEST_UNKNOWN: manifest unknown; unknown tag=9\.9\.9/,
    );
  });

  it("refuses everything while it is down", () => {
    const registry = new ChartRegistry({ clock: new VirtualClock() });
    registry.push(url, "1.0.0", toolkitChart("1.0.0"));

    registry.setDown(true);
    assert.throws(() => registry.pull(url, { tag: "1.0.0" }), PullError);
    registry.setDown(false);
    assert.equal(registry.pull(url, { tag: "1.0.0" }).chart.version, "1.0.0");
  });
});
