import type { SimClient } from "../sim/client.ts";
import type { Obj } from "../sim/object.ts";
import { connect } from "./connect.ts";
import type { Place, Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";

type Collection = {
  readonly place: Place;
  readonly client: SimClient;
  readonly apiVersion: string;
  readonly kind: string;
  readonly isShown: (object: Obj) => boolean;
};

const CLUSTERS = "clusters.openmcp.cloud/v1alpha1";

/** The watches behind a scene. */
export type Following = {
  /** Resolves once the scene holds everything that was there at first. */
  readonly synced: Promise<void>;
  /** Resolves once every watch has ended. */
  readonly ended: Promise<void>;
};

/** Watches everything that the sandbox shows and feeds the scene, until `signal` is aborted. */
export function followStage(stage: Stage, scene: Scene, signal: AbortSignal): Following {
  const started = collectionsOf(stage).map((collection) => {
    const synced = Promise.withResolvers<void>();
    const ended = followCollection(collection, { scene, signal, onSynced: synced.resolve });
    return { synced: Promise.race([synced.promise, ended]), ended };
  });
  return {
    synced: settled(started.map(({ synced }) => synced)),
    ended: settled(started.map(({ ended }) => ended)),
  };
}

async function settled(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises);
}

function collectionsOf({ platform, onboarding, tenants, play }: Stage): readonly Collection[] {
  const { apiVersion, kind } = play.object;
  const onPlatform = { place: "platform", client: platform, isShown: isOfTenant } as const;
  return [
    { place: "onboarding", client: onboarding, apiVersion, kind, isShown: () => true },
    { ...onPlatform, apiVersion, kind: "ProviderConfig", isShown: () => true },
    { ...onPlatform, apiVersion: CLUSTERS, kind: "ClusterRequest" },
    { ...onPlatform, apiVersion: CLUSTERS, kind: "AccessRequest" },
    ...play.platformKinds.map((shown) => ({ ...onPlatform, ...shown })),
    ...tenants.flatMap(({ place, cluster }) => {
      const onControlPlane = { place, client: connect(cluster), isShown: play.isOfProvider };
      return play.controlPlaneKinds.map((shown) => ({ ...onControlPlane, ...shown }));
    }),
  ];
}

function isOfTenant({ metadata }: Obj): boolean {
  return metadata.namespace?.startsWith("mcp--") === true;
}

type Target = { readonly scene: Scene; readonly signal: AbortSignal; readonly onSynced: () => void };

async function followCollection(collection: Collection, { scene, signal, onSynced }: Target): Promise<void> {
  const { place, client, apiVersion, kind, isShown } = collection;
  for await (const event of client.follow({ apiVersion, kind }, signal)) {
    if (event.type === "restarted") {
      scene.takeAll(place, kind, event.objects.filter(isShown));
      onSynced();
    } else if (isShown(event.object)) {
      scene.take({ type: event.type, place, object: event.object });
    }
  }
}
