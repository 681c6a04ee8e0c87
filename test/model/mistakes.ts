import { type HelmRelease, helmReleases } from "../../src/flux/helm-release.ts";
import { ociRepositories } from "../../src/flux/oci-repository.ts";
import { accessRequests } from "../../src/openmcp/platform/kinds.ts";
import type { Pass } from "../../src/openmcp/service/reconciler.ts";
import type { Calls } from "./client.ts";
import type { Mistake, Tools } from "./provider.ts";
import { LABELS } from "./world.ts";

/** A deliberate mistake: where it is, and what somebody might have done wrong there. */
export type Deliberate = Mistake & {
  readonly part: string;
  readonly what: string;
  /** The world in which it shows, and how much has to go wrong there. */
  readonly variant: "brief" | "plain" | "secrets" | "foreign OCIRepository";
  readonly faults: number;
  /** What the model says of it. */
  readonly found: RegExp;
};

const nothing = (): Promise<never> => Promise.resolve(undefined as never);

function listsNothing(isHidden: (...asked: Parameters<Calls["list"]>) => boolean): NonNullable<Mistake["onTarget"]> {
  return (client) => ({
    list: (resource, options) =>
      isHidden(resource, options)
        ? Promise.resolve({ items: [], resourceVersion: "1" })
        : client.list(resource, options),
  });
}

async function patchRelease({ client, seen, wrote }: Tools, pass: Pass, patch: object): Promise<void> {
  const live = seen("release");
  if (live !== undefined) {
    const options = { fieldManager: "mistake", signal: pass.signal };
    wrote("release", await client.mergePatch<HelmRelease>(helmReleases, live.metadata, patch, options));
  }
}

/** At least one in each part. */
export const MISTAKES: readonly Deliberate[] = [
  {
    part: "access",
    what: "the AccessRequest keeps the provider's finalizer",
    variant: "brief",
    faults: 0,
    found: /nothing is in its way/,
    onPlatform: (client) => ({
      jsonPatch: (resource, ref, operations, options) =>
        resource.kind === accessRequests.kind
          ? client.get(resource, ref, options.signal)
          : client.jsonPatch(resource, ref, operations, options),
    }),
  },
  {
    part: "chart-secrets",
    what: "a copy of the pull secret is never removed",
    variant: "secrets",
    faults: 0,
    found: /nothing is in its way|copy of the pull secret is left behind|expected the removal/,
    onPlatform: (client) => ({
      delete: (resource, ref, options) =>
        resource.kind === "Secret" ? nothing() : client.delete(resource, ref, options),
    }),
  },
  {
    part: "chart",
    what: "a new version is not written to the OCIRepository that is there",
    variant: "plain",
    faults: 0,
    found: /Ready says that version 0\.5\.0 is installed/,
    onPlatform: (client, { seen }) => ({
      apply: (resource, object, options) => {
        const live = seen("source");
        return resource.kind === ociRepositories.kind && live !== undefined
          ? Promise.resolve(live as never)
          : client.apply(resource, object, options);
      },
    }),
  },
  {
    part: "target-secrets",
    what: "Secrets beside the toolkit's pods stay there",
    variant: "secrets",
    faults: 0,
    found: /Secret images on the control plane is left behind|nothing is in its way/,
    onTarget: () => ({ delete: nothing }),
  },
  {
    part: "release",
    what: "nobody looks for objects of users",
    variant: "brief",
    faults: 1,
    found: /deleted under objects of users/,
    onTarget: listsNothing(({ group }) => group === "delivery.ocm.software"),
  },
  {
    part: "release",
    what: "a HelmRelease that its operator has suspended is resumed",
    variant: "brief",
    faults: 1,
    found: /that its operator has suspended goes on/,
    service: (service, tools) => ({
      ...service,
      ensure: async (ocm, pass) => {
        await patchRelease(tools, pass, { spec: { suspend: null } });
        return service.ensure(ocm, pass);
      },
    }),
  },
  {
    part: "look at the target",
    what: "nobody finds the Helm release that a killed helm-controller has left",
    variant: "brief",
    faults: 1,
    found: /Helm release on the control plane is left behind/,
    onTarget: listsNothing(
      ({ kind }, { labelSelector = "" }) => kind === "Secret" && labelSelector.includes("owner=helm"),
    ),
  },
  {
    part: "removal order",
    what: "the access goes before the release",
    variant: "brief",
    faults: 0,
    found: /left behind|nothing is in its way|circle/,
    service: (service, { client, seen, wrote }) => ({
      ...service,
      remove: async (ocm, pass) => {
        const access = seen("access");
        const isStaying = access !== undefined && access.metadata.deletionTimestamp === undefined;
        if (isStaying && seen("release") !== undefined) {
          wrote("access", await client.delete(accessRequests, access.metadata, { signal: pass.signal }));
        }
        return service.remove(ocm, pass);
      },
    }),
  },
  {
    part: "finalizer",
    what: "it goes as soon as there is no HelmRelease",
    variant: "brief",
    faults: 0,
    found: /is left behind/,
    service: (service, { seen }) => ({
      ...service,
      remove: async (ocm, pass) => {
        const outcome = await service.remove(ocm, pass);
        return seen("release") === undefined ? "removed" : outcome;
      },
    }),
  },
  {
    part: "status",
    what: "what is on its way counts as done",
    variant: "brief",
    faults: 0,
    found: /Ready says that version 0\.4\.0 is installed/,
    service: (service) => ({
      ...service,
      ensure: async (ocm, pass) => {
        const outcome = await service.ensure(ocm, pass);
        return { ...outcome, reports: outcome.reports.map((report) => ({ ...report, state: "done" as const })) };
      },
    }),
  },
  {
    part: "retry",
    what: "Flux is asked to try again in each pass",
    variant: "brief",
    faults: 0,
    found: /goes in a circle/,
    service: (service, tools) => ({
      ...service,
      ensure: async (ocm, pass) => {
        const before = tools.seen("release")?.metadata.annotations?.["mistake"];
        await patchRelease(tools, pass, { metadata: { annotations: { mistake: before === "one" ? "two" : "one" } } });
        return service.ensure(ocm, pass);
      },
    }),
  },
  {
    part: "foreign objects",
    what: "an OCIRepository of somebody else is taken for the provider's",
    variant: "foreign OCIRepository",
    faults: 0,
    found: /OCIRepository of somebody else was touched/,
    lie: (name, object) =>
      name === "source" ? { ...object, metadata: { ...object.metadata, labels: LABELS.mcp } } : object,
  },
];
