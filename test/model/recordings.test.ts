import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Condition } from "../../sim/flux/condition.ts";
import type { Obj } from "../../sim/object.ts";
import { buildHelmRelease } from "../../src/flux/helm-release.ts";
import { buildOCIRepository } from "../../src/flux/oci-repository.ts";
import { isAction, type RecordedState, readRecording } from "../replay/recording.ts";
import { RIGHTS_FINALIZER } from "./clusters.ts";
import { helmController, sourceController } from "./flux.ts";
import { withPlane } from "./platform.ts";
import { done, remembered } from "./rule.ts";
import { created, kept, marked, updated } from "./server.ts";
import { EMPTY, KINDS, read, TENANT_NAMESPACE, type World, withValues } from "./world.ts";

/** What is done to a world of the model where something was done in a recording. */
type Act = (world: World) => World;

/** A recorded situation: what is different at its start, and what is done in its course. */
type Situation = {
  readonly name: string;
  readonly start?: Act;
  /** Deeds that the model leaves to chance, and that have happened in this recording. */
  readonly chance?: RegExp;
  readonly acts: Readonly<Record<string, Act>>;
  /** Where the comparison ends: the model knows no more. */
  readonly upTo?: string;
};

const SITUATIONS: readonly Situation[] = [
  {
    name: "install",
    acts: {
      "source ref.tag := 0.4.1": spec("source", { ref: { tag: "0.5.0" } }),
      "values.manager.concurrency.resource := 9": spec("release", { values: { concurrency: 9 } }),
      "suspend := true": spec("release", { suspend: true }),
      "suspend := false": spec("release", { suspend: undefined }),
      "delete HelmRelease": deletion("release"),
      "delete OCIRepository": deletion("source"),
    },
  },
  {
    name: "deleted-suspended",
    acts: { "suspend := true, delete": (world) => deletion("release")(spec("release", { suspend: true })(world)) },
  },
  {
    name: "kubeconfig-missing",
    start: (world) => withValues(world, { kubeconfig: undefined }),
    acts: { "delete HelmRelease": deletion("release") },
  },
  { name: "source-missing", start: (world) => withValues(world, { source: undefined }), acts: {} },
  {
    name: "kubeconfig-401",
    start: (world) => withValues(world, { access: withoutRights() }),
    acts: {
      "kubeconfig repaired": (world) => withValues(world, { access: accessWith([RIGHTS_FINALIZER]) }),
      "kubeconfig broken again; delete HelmRelease": (world) =>
        deletion("release")(withValues(world, { access: withoutRights() })),
    },
  },
  {
    name: "never-healthy",
    chance: /gives up/u,
    acts: {},
    upTo: "annotations requestedAt and resetAt := t1, values corrected not",
  },
];

describe("Flux in the model comes to rest as the real controllers did", () => {
  for (const { name, start = (world: World): World => world, acts, chance, upTo } of SITUATIONS) {
    const recording = readRecording(name);
    it(`when: ${recording.what}`, () => {
      let world = rest(start(stage()), chance);
      const modelled = [summaryOf(world)];
      let seen: Readonly<Record<string, RecordedState>> = {};
      const recorded: object[] = [];
      const played = new Set<string>();
      for (const event of recording.events) {
        if (!isAction(event)) {
          seen = { ...seen, [event.kind]: event };
          continue;
        }
        if (event.action === upTo) {
          break;
        }
        const act = acts[event.action];
        if (act !== undefined) {
          played.add(event.action);
          recorded.push(summaryOfRecorded(seen));
          world = rest(act(world), chance);
          modelled.push(summaryOf(world));
        }
      }
      recorded.push(summaryOfRecorded(seen));

      assert.deepEqual([...played], Object.keys(acts));
      assert.deepEqual(modelled, recorded);
    });
  }
});

const actors = [sourceController("source"), helmController("release")].map(remembered);

/** Lets Flux do what it does anyway until it does nothing more. */
function rest(start: World, chance?: RegExp): World {
  let world = start;
  for (let step = 0; step < 50; step += 1) {
    const deeds = actors.flatMap((deedsOf) => deedsOf(world));
    const deed = deeds.find(({ what }) => chance?.test(what)) ?? deeds.find(({ isFault }) => !isFault);
    if (deed === undefined) {
      return world;
    }
    world = done(world, deed);
  }
  throw new Error("expected Flux to come to rest");
}

function stage(): World {
  const kubeconfig = KINDS.kubeconfig.name;
  const owner = { apiVersion: "v1", kind: "AccessRequest", name: "access", uid: "access-0" };
  const secret: Obj = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: kubeconfig, annotations: { cluster: "0" }, ownerReferences: [owner] },
  };
  const source = buildOCIRepository(
    { name: KINDS.source.name, namespace: TENANT_NAMESPACE },
    { url: "oci://registry.example.com/chart", ref: { tag: "0.4.0" }, interval: "10m" },
  );
  const release = buildHelmRelease(
    { name: KINDS.release.name, namespace: TENANT_NAMESPACE },
    {
      chartName: KINDS.source.name,
      releaseName: "r",
      targetNamespace: "t",
      kubeconfigSecret: kubeconfig,
      interval: "10m",
    },
  );
  return withValues(withPlane(EMPTY), {
    kubeconfig: secret,
    access: accessWith([RIGHTS_FINALIZER]),
    source: created(source as unknown as Obj, "source-0"),
    release: created(release as unknown as Obj, "release-0"),
  });
}

function accessWith(finalizers: readonly string[]): Obj {
  const metadata = { name: "access", uid: "access-0", generation: 1, finalizers };
  return { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "AccessRequest", metadata };
}

function withoutRights(): Obj {
  return accessWith([]);
}

function spec(name: "source" | "release", change: Readonly<Record<string, unknown>>): Act {
  return (world) => {
    const object = read(world, name) as Obj;
    const changed = { ...object, spec: { ...(object["spec"] as object), ...change } };
    return withValues(world, { [name]: updated(object, changed, "kubectl") });
  };
}

function deletion(name: "source" | "release"): Act {
  return (world) => withValues(world, { [name]: kept(marked(read(world, name) as Obj)) });
}

/** What matters of both objects to whoever reads them. */
function summaryOf(world: World): object {
  const [source, release] = [read(world, "source"), read(world, "release")];
  return {
    source: source && essence(source.metadata.generation, source["status"] as Status),
    release: release && essence(release.metadata.generation, release["status"] as Status),
  };
}

function summaryOfRecorded(seen: Readonly<Record<string, RecordedState>>): object {
  const present = (kind: string): object | undefined => {
    const state = seen[kind];
    return state === undefined || state.event === "DELETED" ? undefined : essence(state.generation, state.status);
  };
  return { source: present("OCIRepository"), release: present("HelmRelease") };
}

type Status = {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly history?: readonly { readonly status: string; readonly chartVersion: string }[];
  readonly lastAttemptedRevision?: string;
  readonly lastAttemptedGeneration?: number;
  readonly artifact?: { readonly revision: string };
};

function essence(generation: number | undefined, status: Status = {}): object {
  const { conditions = [], history: [latest] = [], artifact, lastAttemptedRevision, lastAttemptedGeneration } = status;
  const said = conditions.map(({ type, status: value, reason, observedGeneration }) => {
    return `${type}=${value} ${reason}${observedGeneration === generation ? "" : " (of an earlier generation)"}`;
  });
  return {
    isObserved: status.observedGeneration === generation,
    conditions: said.toSorted((one, other) => (one < other ? -1 : 1)),
    latest: latest && `${latest.status} ${tagOf(latest.chartVersion)}`,
    artifact: artifact && tagOf(artifact.revision),
    attempted: lastAttemptedRevision && tagOf(lastAttemptedRevision),
    isAttempted: lastAttemptedGeneration === generation,
  };
}

// The model has other versions, and other digests.
function tagOf(revision: string): string {
  const [tag = ""] = revision.split(/[@+]/u);
  return tag === "0.5.0" ? "0.4.1" : tag;
}
