import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { alertsOf, readRules } from "../monitoring/alert-rules.ts";

const RUNBOOKS = "docs/runbooks.md";
const text = readFileSync(RUNBOOKS, "utf8");
const alerts = alertsOf(readRules());

describe("docs/runbooks.md", () => {
  it("has one section for each alert, in their order, and no other one", () => {
    const sections = Array.from(text.matchAll(/^## (OCM\w+)$/gmu), ([, name]) => name);

    assert.deepEqual(
      sections,
      alerts.map(({ alert }) => alert),
    );
  });

  it("says at once how severe an alert is", () => {
    for (const { alert, labels } of alerts) {
      assert.match(text, new RegExp(`^## ${alert}\\n\\n_${labels.severity}_: `, "mu"));
    }
  });

  it("is where each alert sends whoever gets it", () => {
    const repository = "https://github.com/open-component-model/service-provider-ocm";
    for (const { alert, annotations } of alerts) {
      assert.equal(annotations.runbook_url, `${repository}/blob/main/${RUNBOOKS}#${alert.toLowerCase()}`);
    }
  });
});
