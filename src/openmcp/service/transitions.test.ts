import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Condition } from "../../kube/object.ts";
import { Failures } from "../../runtime/failures.ts";
import { createLogger, type Log } from "../../runtime/log.ts";
import type { ServiceObject } from "./status.ts";
import { logEnd, recordTransitions, type Transition } from "./transitions.ts";

describe("recordTransitions", () => {
  it("warns of a deletion that fails, with the reason of the condition that is to blame", () => {
    const failed = deleting("UninstallFailed", "401: Unauthorized");

    assert.deepEqual(eventsOf({ before: deleting("Removing", "is being removed"), after: failed, isFailure: true }), [
      { type: "Warning", reason: "UninstallFailed", message: "401: Unauthorized" },
    ]);
  });

  it("tells of a deletion that goes on without alarm", () => {
    const after = deleting("RemovingChart", "waiting for Flux");

    assert.deepEqual(eventsOf({ before: deleting("Removing", "is being removed"), after, isFailure: false }), [
      { type: "Normal", reason: "RemovingChart", message: "waiting for Flux" },
    ]);
  });

  it("says nothing twice", () => {
    const same = deleting("UninstallFailed", "401: Unauthorized");

    assert.deepEqual(eventsOf({ before: same, after: same, isFailure: true }), []);
  });
});

describe("the log of transitions", () => {
  const installing = thing("Progressing", "Reconciling", ["Installed", "Installing", "0 of 3"]);
  const further = thing("Progressing", "Reconciling", ["Installed", "Installing", "2 of 3"]);
  const broken = thing("Progressing", "ReconcileError", ["Installed", "InstallFailed", "no such image"]);
  const broken2 = thing("Progressing", "ReconcileError", ["Installed", "InstallFailed", "no such tag"]);
  const isReady = thing("Ready", "ReconcileSuccess", ["Installed", "Installed", "done"]);
  const isNew = { ...installing, status: undefined } as unknown as ServiceObject;

  const rows: readonly (readonly [string, Transition, Line])[] = [
    ["a first status", at(isNew, installing), ["info", "New", "Progressing", "Installing"]],
    ["success", at(installing, isReady), ["info", "Progressing", "Ready", "ReconcileSuccess"]],
    ["a failure", at(isReady, broken, true), ["warn", "Ready", "Progressing", "InstallFailed"]],
    ["another failure", at(broken, broken2, true), ["warn", "Progressing", "Progressing", "InstallFailed"]],
    ["the end of a failure", at(broken, installing), ["info", "Progressing", "Progressing", "Installing"]],
    ["a step of the way", at(installing, further), ["debug", "Progressing", "Progressing", "Installing"]],
    ["the same failure", at(broken, broken, true), ["debug", "Progressing", "Progressing", "InstallFailed"]],
    ["a settled pass", at(isReady, isReady), ["debug", "Ready", "Ready", "ReconcileSuccess"]],
  ];
  for (const [what, transition, expected] of rows) {
    it(`has one line at level ${expected[0]} for ${what}`, () => {
      const { lines, log } = recordLog();

      recordTransitions({ ...silent, log }, transition);

      const found = lines.map(({ level, from, to, reason }) => [level, from, to, reason]);
      assert.deepEqual(found, [expected]);
    });
  }

  it("has the error of the pass in the line of the change, and in a line of its own when only the error changes", () => {
    const { lines, log } = recordLog();
    const deps = { ...silent, log, failures: new Failures() };
    const errors = ["refused", "refused", "no route", "no route"].map((message) => new Error(message));

    for (const [number, error] of errors.entries()) {
      recordTransitions(deps, { before: number === 0 ? isReady : broken, after: broken, isFailure: true, error });
    }

    const found = lines.map(({ level, err, to }) => [level, err?.message, to]);
    assert.deepEqual(found, [
      ["warn", "refused", "Progressing"],
      ["debug", "refused", "Progressing"],
      ["warn", "no route", "Progressing"],
      ["debug", "no route", "Progressing"],
    ]);
  });

  it("names the object and what tenants read", () => {
    const { lines, log } = recordLog();

    recordTransitions({ ...silent, log }, at(installing, isReady));

    const [{ kind, object, message } = {}] = lines;
    assert.deepEqual({ kind, object, message }, { kind: "Thing", object: "one", message: "done" });
  });

  it("has one line when an object is gone", () => {
    const { lines, log } = recordLog();

    logEnd({ log }, deleting("Removing", "is being removed"));

    assert.deepEqual(
      lines.map(({ level, from, to }) => [level, from, to]),
      [["info", "Terminating", "Gone"]],
    );
  });
});

type Line = readonly [level: string, from: string, to: string, reason: string];
type Entry = Readonly<Partial<Record<"level" | "kind" | "object" | "from" | "to" | "reason" | "message", string>>> & {
  readonly err?: { readonly message: string };
};

const silent = {
  client: { create: refuse, mergePatch: refuse },
  events: { record: () => undefined },
  log: createLogger({ level: "silent", pretty: false }),
};

function recordLog(): { readonly lines: readonly Entry[]; readonly log: Log } {
  const lines: Entry[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Entry) };
  return { lines, log: createLogger({ level: "debug", pretty: false, stream }) };
}

function at(before: ServiceObject, after: ServiceObject, isFailure = false): Transition {
  return { before, after, isFailure };
}

function thing(
  phase: "Ready" | "Progressing",
  reason: string,
  [type, blamed, message]: readonly [type: string, reason: string, message: string],
): ServiceObject {
  const status = phase === "Ready" ? "True" : "False";
  const conditions = [
    { ...condition("Ready", reason, message), status },
    { ...condition(type, blamed, message), status },
  ] as const;
  return {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "one" },
    status: { observedGeneration: 1, phase, conditions },
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("expected no request"));
}

function eventsOf(transition: Transition): readonly object[] {
  const recorded: object[] = [];
  const events = { record: (_client: object, _object: object, event: object) => void recorded.push(event) };
  recordTransitions({ ...silent, events }, transition);
  return recorded;
}

function deleting(reason: string, message: string): ServiceObject {
  const conditions = [condition("Ready", "Terminating", message), condition("Removed", reason, message)];
  return {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "one" },
    status: { observedGeneration: 1, phase: "Terminating", conditions },
  };
}

function condition(type: string, reason: string, message: string): Condition {
  return { type, status: "False", reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" };
}
