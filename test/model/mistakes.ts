import { type HelmRelease, helmReleases } from "../../src/flux/helm-release.ts";
import { ociRepositories } from "../../src/flux/oci-repository.ts";
import { accessRequests } from "../../src/openmcp/platform/kinds.ts";
import type { Pass } from "../../src/openmcp/service/service.ts";
import type { Calls } from "./client.ts";
import type { Mistake, Tools } from "./provider.ts";
import { isGoing } from "./readings.ts";
import { accessIn, isHeld, KINDS, LABELS, OCM_NAMES, type OcmName } from "./world.ts";

/** A deliberate mistake: where it is, and what somebody might have done wrong there. */
export type Deliberate = Mistake & {
  readonly part: string;
  readonly what: string;
  /** The world in which it shows, and how much has to go wrong there. */
  readonly variant:
    | "brief"
    | "plain"
    | "secrets"
    | "takeover"
    | "twins"
    | "unequal twins"
    | "by hand"
    | "migration"
    | "workload twins"
    | "foreign OCIRepository";
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

/** The OCM object that a request to the onboarding cluster is about, and the other one. */
function ocmsOf({ group }: { readonly group: string }): readonly [OcmName, OcmName] {
  return group === KINDS.ocm.resource.group ? ["ocm", "currentOcm"] : ["currentOcm", "ocm"];
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
    onTarget: () => ({ resourcesOfGroup: () => Promise.resolve([]) }),
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
    found: /taken back while Flux works with it/,
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
  {
    part: "leader",
    what: "the object of the earlier API group leads",
    variant: "twins",
    faults: 0,
    found: /current OCM object leads, and has no finalizer/,
    order: (groups) => groups.toReversed(),
  },
  {
    part: "hand-over",
    what: "the finalizer of the one goes before the other one has its own",
    variant: "twins",
    faults: 1,
    found: /no OCM object has our finalizer any more/,
    onOnboarding: (client, { seen, wrote }) => ({
      jsonPatch: async (resource, ref, operations, options) => {
        const [name, other] = ocmsOf(resource);
        const held = seen(other);
        if (!isHeld(seen(name), name) && held !== undefined && isHeld(held, other)) {
          const first = [{ op: "remove", path: "/metadata/finalizers/0" }] as const;
          wrote(other, await client.jsonPatch(KINDS[other].resource, held.metadata, first, options));
        }
        return client.jsonPatch(resource, ref, operations, options);
      },
    }),
  },
  {
    part: "hand-over",
    what: "the server is not asked whether the one that leads has its finalizer",
    variant: "by hand",
    faults: 2,
    found: /no OCM object has our finalizer any more/,
    onOnboarding: (client, { seen }) => ({
      get: (resource, ref, signal) => {
        const [name] = ocmsOf(resource);
        const cached = seen(name);
        return isHeld(cached, name) ? Promise.resolve(cached as never) : client.get(resource, ref, signal);
      },
    }),
  },
  {
    part: "hand-over",
    what: "the server is not asked for another object before the release is uninstalled",
    variant: "migration",
    faults: 1,
    found: /the release is uninstalled, and the \w+ OCM object asks for it/,
    service: (service) => ({
      ...service,
      remove: (ocm, pass) => service.remove(ocm, { ...pass, confirmLast: () => Promise.resolve() }),
    }),
  },
  {
    part: "access of another API group",
    what: "it goes as soon as the HelmRelease is changed, before Flux has seen that",
    variant: "twins",
    faults: 0,
    found: /AccessRequest is taken back while Flux works with it/,
    service: (service, { client, seen, wrote }) => ({
      ...service,
      ensure: async (ocm, pass) => {
        const outcome = await service.ensure(ocm, pass);
        const other = seen("access");
        const isMoved = accessIn(seen("release")) === "currentAccess";
        if (isMoved && other !== undefined && other.metadata.deletionTimestamp === undefined) {
          wrote("access", await client.delete(accessRequests, other.metadata, { signal: pass.signal }));
        }
        return outcome;
      },
    }),
  },
  {
    part: "access of another API group",
    what: "it stays",
    variant: "twins",
    faults: 0,
    found: /AccessRequest is there, and nobody needs it/,
    onPlatform: (client, { seen }) => ({
      delete: (resource, ref, options) =>
        resource.kind === accessRequests.kind && seen("release") !== undefined
          ? nothing()
          : client.delete(resource, ref, options),
    }),
  },
  {
    part: "hand-over",
    what: "a workload ClusterRequest that goes is taken for one that stays",
    variant: "workload twins",
    faults: 0,
    found: /workload ClusterRequest is being deleted, and the platform takes its cluster back/,
    lie: (name, object, seen) => {
      const { deletionTimestamp: _hidden, ...metadata } = object.metadata;
      const isStaying = OCM_NAMES.map(seen).some((ocm) => ocm !== undefined && !isGoing(ocm));
      return name === "request" && isStaying ? { ...object, metadata } : object;
    },
  },
  {
    part: "follower",
    what: "whatever an object asks for, it says what the one that leads says",
    variant: "unequal twins",
    faults: 0,
    found: /Ready says that version 0\.\d\.0 is installed|says True of following one that asks for another version/,
    service: (service) => ({ ...service, comparison: { isSame: () => true } }),
  },
  {
    part: "follower",
    what: "it stays Ready while the version is changed for the one that leads",
    variant: "unequal twins",
    faults: 0,
    found: /Flux is asked for version 0\.5\.0 while the earlier OCM object is Ready with another one/,
    service: (service) => ({
      ...service,
      ensure: (ocm, pass) => service.ensure(ocm, { ...pass, dropReady: () => Promise.resolve() }),
    }),
  },
  {
    part: "takeover",
    what: "the new HelmRelease is written while the old one is at work",
    variant: "takeover",
    faults: 0,
    found: /two HelmReleases are at work/,
    lie: (name, object) => (name === "oldRelease" ? undefined : object),
  },
];
