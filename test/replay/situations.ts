import { WATCH_DELAY_MS } from "../../sim/apiserver/api-server.ts";
import { ociRepositoryType, helmReleaseType, REQUESTED_AT } from "../../sim/flux/kinds.ts";
import { toolkitChart } from "../../sim/flux/toolkit-chart.ts";
import type { Obj } from "../../sim/object.ts";
import { CHART_URL, type Stage } from "./stage.ts";

/** One recorded situation, as it was set up and as it was changed. */
export type Situation = {
  /** Specs of OCIRepository and HelmRelease; `undefined` leaves one out. */
  readonly source?: object;
  readonly release: object;
  /** What each recorded action does; actions that only note something are left out. */
  readonly actions?: Readonly<Record<string, (stage: Stage) => Promise<void>>>;
  /** Token in the kubeconfig at the start, when it is not the good one. */
  readonly token?: string;
};

const WITHOUT_CRDS = { crd: { enable: false } };
const nobody = { nodeSelector: { nobody: "matches" } };

/** How the recording `name` was made; `digest` is that of chart 0.4.0 on this stage. */
export function situation(name: string, digest: string): Situation {
  const namespace = `rec-${name}`;
  const source = { ...ociRepositoryType, namespace, name: "src" };
  const release = { ...helmReleaseType, namespace, name: "rel" };
  const setSource = (spec: object) => async (stage: Stage) => {
    await stage.platform.patchMerge(source, { spec });
  };
  const setRelease = (spec: object) => async (stage: Stage) => {
    await stage.platform.patchMerge(release, { spec });
  };
  const releaseWith = (values: object, rest: object = {}): object => ({
    ...releaseSpec(name, { fullnameOverride: `f-${name}`, ...values }),
    ...rest,
  });
  const plain = releaseWith(WITHOUT_CRDS);
  const tag = (version: string, rest: object = {}): object => ({ ...sourceSpec({ tag: version }), ...rest });
  const situations: Readonly<Record<string, Situation>> = {
    install: {
      source: tag("0.4.0"),
      release: releaseWith({}),
      actions: {
        "source ref.tag := 0.4.1": setSource({ ref: { tag: "0.4.1" } }),
        "values.manager.concurrency.resource := 9": setRelease({
          values: { manager: { concurrency: { resource: 9 } } },
        }),
        "suspend := true": setRelease({ suspend: true }),
        "suspend := false": setRelease({ suspend: false }),
        "delete HelmRelease": (stage) => stage.platform.delete(release),
        "delete OCIRepository": (stage) => stage.platform.delete(source),
      },
    },
    "credentials-missing": { source: tag("0.4.0", { secretRef: { name: "nowhere" } }), release: plain },
    "credentials-wrong": {
      source: tag("0.4.0", { secretRef: { name: "wrong" } }),
      release: plain,
      actions: { "secretRef := pull": setSource({ secretRef: { name: "pull" } }) },
    },
    "deleted-suspended": {
      source: tag("0.4.0"),
      release: plain,
      actions: {
        "suspend := true, delete": async (stage) => {
          await setRelease({ suspend: true })(stage);
          // The real controller had read the suspended object, and not yet written, when the deletion came.
          await stage.clock.sleep(WATCH_DELAY_MS + 3);
          await stage.platform.delete(release);
        },
      },
    },
    digest: { source: sourceSpec({ digest }), release: plain },
    "kubeconfig-401": {
      source: tag("0.4.0"),
      release: plain,
      token: "refused",
      actions: {
        "kubeconfig repaired": (stage) => stage.writeKubeconfig(stage.target.api.adminToken),
        "kubeconfig broken again; delete HelmRelease": async (stage) => {
          await stage.writeKubeconfig("refused");
          await stage.platform.delete(release);
        },
      },
    },
    "kubeconfig-missing": {
      source: tag("0.4.0"),
      release: { ...plain, kubeConfig: { secretRef: { name: "nowhere" } } },
      actions: { "delete HelmRelease": (stage) => stage.platform.delete(release) },
    },
    "never-healthy": {
      source: tag("0.4.0"),
      release: releaseWith(
        { fullnameOverride: "f-nh", ...WITHOUT_CRDS, manager: nobody },
        { timeout: "6s", install: { createNamespace: true, remediation: { retries: 1 } }, ...upgradeRetries(1) },
      ),
      actions: {
        "annotations requestedAt and resetAt := t1, values corrected not": async (stage) => {
          const annotations = { [REQUESTED_AT]: "t1", "reconcile.fluxcd.io/resetAt": "t1" };
          await stage.platform.patchMerge(release, { metadata: { annotations } });
        },
      },
    },
    "source-missing": { release: plain },
    "tag-missing": {
      source: tag("9.9.9"),
      release: plain,
      actions: { "ref.tag := 0.4.0": setSource({ ref: { tag: "0.4.0" } }) },
    },
    "upgrade-fails": {
      source: tag("0.4.0"),
      release: releaseWith(WITHOUT_CRDS, { timeout: "6s", ...upgradeRetries(1) }),
      actions: {
        "values: node selector nobody matches": setRelease({ values: { manager: nobody } }),
        "values corrected": setRelease({ values: { manager: { nodeSelector: null, replicas: 1 } } }),
      },
    },
    "values-invalid": {
      source: tag("0.4.0"),
      release: releaseWith({ fullnameOverride: "f-vi", manager: { replicas: "many" } }),
      actions: { "values := {crd.enable: false}": setRelease({ values: { ...WITHOUT_CRDS, manager: null } }) },
    },
    retagged: {
      source: tag("0.5.0"),
      release: plain,
      actions: {
        "pushed again; requestedAt := t1 on the source": async (stage) => {
          stage.registry.push(CHART_URL, "0.5.0", toolkitChart("0.5.0"));
          await stage.platform.patchMerge(source, { metadata: { annotations: { [REQUESTED_AT]: "t1" } } });
        },
      },
    },
  };
  const found = situations[name];
  if (found === undefined) {
    throw new Error(`nobody knows how the recording "${name}" was made`);
  }
  return found;
}

function sourceSpec(ref: object): object {
  return { url: CHART_URL, interval: "10m", ref, secretRef: { name: "pull" } };
}

function releaseSpec(name: string, values: object): object {
  return {
    interval: "10m",
    chartRef: { kind: "OCIRepository", name: "src" },
    releaseName: `r-${name}`,
    targetNamespace: `sys-${name}`,
    storageNamespace: `sys-${name}`,
    kubeConfig: { secretRef: { name: "kubeconfig" } },
    install: { createNamespace: true, remediation: { retries: 3 } },
    ...upgradeRetries(3),
    values,
  };
}

function upgradeRetries(retries: number): object {
  return { upgrade: { remediation: { retries, strategy: "rollback" } } };
}

/** An object of a recording, ready to be created. */
export function recordedObject(
  type: Pick<Obj, "apiVersion" | "kind">,
  name: string,
  at: { namespace: string; spec: object },
): Obj {
  return { ...type, metadata: { name, namespace: at.namespace }, spec: at.spec };
}
