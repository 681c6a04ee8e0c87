import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Phase, ServiceObject } from "./status.ts";
import { tenantState } from "./tenant-state.ts";

type Said = { readonly status: "True" | "False"; readonly reason: string; readonly message?: string };

function tenant(
  phase: Phase,
  conditions: Readonly<Record<string, Said>>,
  { deleting = false }: { readonly deleting?: boolean } = {},
): ServiceObject {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  return {
    apiVersion: "test.example/v1",
    kind: "Test",
    metadata: { name: "mcp", namespace: "ws", ...(deleting && { deletionTimestamp }) },
    status: {
      observedGeneration: 1,
      phase,
      conditions: Object.entries(conditions).map(([type, said]) => {
        return { type, message: "", ...said, lastTransitionTime: "2026-01-01T00:00:00Z" };
      }),
    },
  };
}

const refused = "401 Unauthorized";

const cases: readonly { readonly of: string; readonly object: ServiceObject; readonly is: string }[] = [
  {
    of: "an object that no pass has seen",
    object: { apiVersion: "test.example/v1", kind: "Test", metadata: { name: "mcp", namespace: "ws" } },
    is: "Progressing Reconciling",
  },
  {
    of: "an installation that is ready",
    object: tenant("Ready", { Ready: { status: "True", reason: "ReconcileSuccess" } }),
    is: "Ready ReconcileSuccess",
  },
  {
    of: "an installation that waits",
    object: tenant("Progressing", {
      Ready: { status: "False", reason: "Reconciling", message: "waiting for access" },
      AccessReady: { status: "False", reason: "AccessPending", message: "waiting for access" },
      ChartReady: { status: "False", reason: "ChartFetching", message: "fetching" },
    }),
    is: "Progressing AccessPending",
  },
  {
    of: "an installation whose condition has failed",
    object: tenant("Progressing", {
      Ready: { status: "False", reason: "ReconcileError", message: "no such version" },
      AccessReady: { status: "False", reason: "AccessPending", message: "waiting for access" },
      ChartReady: { status: "False", reason: "VersionNotFound", message: "no such version" },
    }),
    is: "Progressing VersionNotFound failing",
  },
  {
    of: "an installation whose pass has failed",
    object: tenant("Progressing", {
      Ready: { status: "False", reason: "ReconcileError", message: refused },
      AccessReady: { status: "True", reason: "AccessGranted", message: refused },
    }),
    is: "Progressing ReconcileError failing",
  },
  {
    of: "a deletion that no pass has seen",
    object: tenant("Ready", { Ready: { status: "True", reason: "ReconcileSuccess" } }, { deleting: true }),
    is: "Terminating ReconcileSuccess",
  },
  {
    of: "a deletion that goes on",
    object: tenant("Terminating", {
      Ready: { status: "False", reason: "Terminating", message: "waiting" },
      Removed: { status: "False", reason: "RemovingRelease", message: "waiting" },
    }),
    is: "Terminating RemovingRelease",
  },
  {
    of: "a deletion that the provider calls failing",
    object: tenant("Terminating", {
      Ready: { status: "False", reason: "Terminating", message: "suspended" },
      Removed: { status: "False", reason: "Suspended", message: "suspended" },
    }),
    is: "Terminating Suspended failing",
  },
  {
    of: "a deletion that an API server refuses",
    object: tenant("Terminating", {
      Ready: { status: "False", reason: "Terminating", message: refused },
      Removed: { status: "False", reason: "RemovingRelease", message: "waiting" },
    }),
    is: "Terminating Terminating failing",
  },
];

function isRemovalFailing({ status }: ServiceObject): boolean {
  return status?.conditions?.some(({ reason }) => reason === "Suspended") === true;
}

describe("tenantState", () => {
  for (const { of, object, is } of cases) {
    it(`says of ${of}: ${is}`, () => {
      const { phase, reason, isFailing } = tenantState(object, { isRemovalFailing });

      assert.equal(`${phase} ${reason}${isFailing ? " failing" : ""}`, is);
    });
  }
});
