import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { ACCESSES, CLUSTER_REQUESTS, isAlive, isOfToolkit, kubeconfigOf, RELEASES, releasesIn } from "./installed.ts";
import { isAsking } from "./orders.ts";
import { isOwn } from "./own-objects.ts";
import type { Change, Clusters, Stage } from "./stage.ts";

type Watched = {
  readonly tell: (violation: string) => void;
  /** UIDs of what the providers have asked to be deleted. */
  readonly deletions: ReadonlySet<string>;
};

type SecretRef = { readonly namespace: string; readonly name: string };

/**
 * Watches that Flux can reach what it has installed at any moment: no provider takes a kubeconfig away, or has a
 * HelmRelease name one that is not there, as long as the cluster lives. What others take away is their business.
 */
export class Reach {
  readonly #stage: Stage;
  readonly #watched: Watched;
  /** Kubeconfigs that went although no provider has given the access back. */
  readonly #lost = new Set<string>();

  constructor(stage: Stage, watched: Watched) {
    this.#stage = stage;
    this.#watched = watched;
  }

  /** Takes in a change on the platform cluster. */
  changed(collection: string, change: Change): void {
    switch (collection) {
      case ACCESSES:
        return this.#checkAccess(change);
      case RELEASES:
        return this.#checkRelease(change);
      case "secrets":
        return this.#checkSecret(change);
      default:
        return undefined;
    }
  }

  #checkAccess(change: Change): void {
    const { object } = change;
    const { namespace = "", uid = "" } = object.metadata;
    if (isOwn(object) && isGivenBack(change) && this.#watched.deletions.has(uid)) {
      this.#checkUnused({ namespace, name: textAt(object, "status", "secretRef", "name") }, object);
    }
  }

  #checkSecret({ object, type }: Change): void {
    const { namespace = "", name, ownerReferences = [] } = object.metadata;
    if (type !== "DELETED" || valueAt(object, "data", "kubeconfig") === undefined) {
      return;
    }
    if (ownerReferences.some(({ uid }) => this.#watched.deletions.has(uid))) {
      this.#checkUnused({ namespace, name });
    } else {
      this.#lost.add(`${namespace}/${name}`);
    }
  }

  /** Nobody uses a kubeconfig that is taken away, unless it is for a cluster that is gone. */
  #checkUnused({ namespace, name }: SecretRef, access?: Obj): void {
    this.#stage.judge(
      (clusters) =>
        !isAlive(clusters, namespace) || (access !== undefined && isOfReplacedCluster(clusters, access))
          ? []
          : releasesIn(clusters, namespace)
              .filter((release) => kubeconfigOf(release) === name)
              .map(
                ({ metadata }) => `cut off: HelmRelease ${namespace}/${metadata.name} uses Secret ${name}, which goes`,
              ),
      this.#watched.tell,
    );
  }

  #checkRelease({ object, previous, type }: Change): void {
    const { namespace = "", name } = object.metadata;
    const secret = `${namespace}/${kubeconfigOf(object)}`;
    const isSame = previous !== undefined && kubeconfigOf(previous) === kubeconfigOf(object);
    if (type === "DELETED" || isSame || !isOfToolkit(object)) {
      return;
    }
    this.#stage.judge((clusters) => {
      const isThere = clusters.get("platform")?.api.peek("secrets", secret) !== undefined;
      return isThere || this.#lost.has(secret) || !isAlive(clusters, namespace)
        ? []
        : [`cut off: HelmRelease ${namespace}/${name} refers to Secret ${secret}, which is not there`];
    }, this.#watched.tell);
  }
}

/** Access is taken back as soon as somebody wants it gone. */
function isGivenBack({ object, previous, type }: Change): boolean {
  const isMarked = !isAsking(object) && (previous === undefined || isAsking(previous));
  return isMarked || type === "DELETED";
}

function isOfReplacedCluster(clusters: Clusters, access: Obj): boolean {
  const { namespace = "" } = access.metadata;
  const key = `${namespace}/${textAt(access, "spec", "requestRef", "name")}`;
  const request = clusters.get("platform")?.api.peek(CLUSTER_REQUESTS, key);
  return textAt(request, "status", "cluster", "name") !== textAt(access, "spec", "clusterRef", "name");
}
