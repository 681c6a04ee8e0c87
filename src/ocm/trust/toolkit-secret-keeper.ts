import { createHash } from "node:crypto";

import type { HelmRelease } from "../../flux/helm-release.ts";
import { readRelease } from "../../flux/readiness.ts";
import type { Clock } from "../../kube/clock.ts";
import type { Secret } from "../../kube/core.ts";
import { toJson } from "../../kube/json.ts";
import { accessState } from "../../openmcp/platform/tenant-access.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { SilentClusterError } from "../../openmcp/platform/tenant-clusters.ts";
import { keyOf } from "../../runtime/key.ts";
import { isApplied } from "../../runtime/managed-fields.ts";
import type { OCM } from "../api/objects.ts";
import type { Platform } from "../platform.ts";
import { refusalOf, type Refusals } from "../refusal.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { observe, type Observed } from "../observed.ts";
import type { Plan } from "../plan.ts";
import { silenceOf } from "../target/silence-of.ts";
import type { Targets } from "../target/targets.ts";
import type { TargetSecrets } from "../target-secrets.desired.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { isTargetMarked, markTarget } from "./target-mark.ts";
import { removeToolkitSecrets, writeToolkitSecrets } from "./write-toolkit-secrets.ts";

/** What the keeper works with. */
export type ToolkitSecretKeeperDeps = {
  readonly platform: Platform;
  readonly targets: Targets;
  readonly clock: Clock;
};

/** Why the release is not written yet. */
type ReleaseRefusal = NonNullable<Refusals["release"]>;

type Look = { readonly digest: string; readonly atMs: number };
type Task = { readonly objects: TenantObjects; readonly pass: Pass; readonly recheckAfterMs: number };
type Seen = Task & { readonly observed: Observed; readonly release: HelmRelease; readonly areAll: boolean };

/**
 * Keeps the Secrets that the toolkit's pods need on the cluster where these run.
 *
 * A tenant that needs none costs no request. For another one its cluster is asked when what is wanted has changed,
 * when somebody asks for a check, once after a start, and once in each poll interval.
 */
export class ToolkitSecretKeeper {
  readonly #deps: ToolkitSecretKeeperDeps;
  readonly #looks = new Map<string, Look>();
  /** Names of those that are there, as of the last look. */
  readonly #written = new Map<string, readonly string[]>();

  constructor(deps: ToolkitSecretKeeperDeps) {
    this.#deps = deps;
  }

  /**
   * Writes what a plan wants there and removes what it does not want any more; says why the release has to wait, if it
   * has to.
   */
  async keep(plan: Plan, task: Task): Promise<ReleaseRefusal | undefined> {
    const { targetSecrets } = plan;
    if (targetSecrets === undefined || "blocker" in targetSecrets) {
      return targetSecrets?.blocker;
    }
    const { secrets, isComplete: areAll } = targetSecrets;
    const observed = observe(this.#deps.platform.stores, task.objects);
    const release = areAll ? plan.release : observed.release;
    return release === undefined || !isConcerned(targetSecrets, observed)
      ? undefined
      : this.#keep(secrets, { ...task, observed, release, areAll });
  }

  /** Names of those that are there, as far as it is known without a request; before a first look, from the status. */
  known(ocm: OCM, objects: TenantObjects): readonly string[] {
    const { source } = observe(this.#deps.platform.stores, objects);
    return isTargetMarked(source) ? (this.#written.get(keyOf(objects.tenant)) ?? secretsIn(ocm.status)) : [];
  }

  /** Removes all of them, while the access still works. */
  async remove({ objects, pass }: Pick<Task, "objects" | "pass">): Promise<void> {
    const { platform, targets } = this.#deps;
    this.forget(keyOf(objects.tenant));
    const secret = accessSecretOf(observe(platform.stores, objects), objects);
    if (secret !== undefined) {
      await targets.visit(secret, pass, (client, signal) =>
        removeToolkitSecrets({ client, objects, pass: { ...pass, signal } }),
      );
    }
  }

  /** Forgets what is there for an OCM object. */
  forget(key: string): void {
    this.#looks.delete(key);
    this.#written.delete(key);
  }

  async #keep(wanted: readonly Secret[], seen: Seen): Promise<ReleaseRefusal | undefined> {
    const { source } = seen.observed;
    if (source === undefined) {
      return { state: "waiting", reason: "WaitingForChart", message: "waiting for the chart" };
    }
    if (!isTargetMarked(source)) {
      await markTarget(seen.objects.toolkit, true, { ...this.#deps, ...seen });
    }
    // A control plane that was made anew comes with a new access, and has none of them.
    const digest = digestOf([seen.observed.accessRequest?.metadata.uid, wanted]);
    if (!this.#isDue(digest, seen)) {
      return undefined;
    }
    try {
      return await refusalOf(() => this.#look(wanted, digest, seen));
    } catch (error) {
      if (!(error instanceof SilentClusterError)) {
        throw error;
      }
      // They were there: that nobody can look at the moment makes no installation a worse one.
      return this.#hasWritten(digest, seen)
        ? undefined
        : { state: "failed", reason: "ClusterUnreachable", message: silenceOf(seen.objects.target) };
    }
  }

  #isDue(digest: string, { objects, pass, recheckAfterMs }: Task): boolean {
    const last = this.#looks.get(keyOf(objects.tenant));
    const isFresh = last?.digest === digest && this.#deps.clock.now() - last.atMs < recheckAfterMs;
    return pass.force || !isFresh;
  }

  #hasWritten(digest: string, { objects }: Task): boolean {
    return this.#looks.get(keyOf(objects.tenant))?.digest === digest;
  }

  async #look(wanted: readonly Secret[], digest: string, seen: Seen): Promise<void> {
    const { platform, targets, clock } = this.#deps;
    const { objects, pass, observed } = seen;
    const secret = accessSecretOf(observed, objects);
    if (secret === undefined) {
      return;
    }
    const key = keyOf(objects.tenant);
    const isSettled = await targets.visit(secret, pass, async (client, signal) => {
      const target = { client, objects, pass: { ...pass, signal } };
      const obsolete = await writeToolkitSecrets(wanted, target);
      this.#written.set(key, namesOf([...wanted, ...obsolete]));
      if (!seen.areAll) {
        return true;
      }
      if (obsolete.length > 0 && !isReleaseDone(seen)) {
        return false;
      }
      await removeToolkitSecrets(target, obsolete);
      this.#written.set(key, namesOf(wanted));
      return true;
    });
    if (isSettled && wanted.length === 0) {
      this.forget(key);
      await markTarget(objects.toolkit, false, { platform, pass });
    } else if (isSettled) {
      this.#looks.set(key, { digest, atMs: clock.now() });
    }
  }
}

function isConcerned(
  { secrets, isComplete }: Extract<TargetSecrets, { readonly secrets: unknown }>,
  { source }: Observed,
): boolean {
  return secrets.length > 0 || (isComplete && isTargetMarked(source));
}

function namesOf(secrets: readonly Secret[]): readonly string[] {
  return secrets.map(({ metadata }) => metadata.name).toSorted();
}

function secretsIn(status: OCM["status"]): readonly string[] {
  const there = (status?.resources ?? []).filter(({ location }) => location === "ManagedControlPlane");
  return there.filter(({ kind }) => kind === "Secret").map(({ name }) => name);
}

// While pods of the earlier release may still start, they need its Secrets.
function isReleaseDone({ observed, release }: Seen): boolean {
  return (
    observed.release !== undefined &&
    isApplied(observed.release, release, FIELD_MANAGER) &&
    readRelease(observed.release, observed.source).state === "ready"
  );
}

function accessSecretOf(
  { accessRequest }: Observed,
  { namespace }: TenantObjects,
): { readonly namespace: string; readonly name: string } | undefined {
  const access = accessState(accessRequest);
  return access.state === "granted" ? { namespace, name: access.secretName } : undefined;
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(toJson(value)).digest("hex");
}
