import type { ApplyConfiguration, KubeClient } from "../../kube/client.ts";
import { customResourceDefinitions, type CustomResourceDefinition } from "../../kube/core.ts";
import { isTerminating } from "../../kube/object.ts";
import type { ListWatch } from "../../runtime/informer.ts";
import { type Sighting, waitForObject, type WaitDeps } from "./wait-for-object.ts";

const CLUSTER_LABEL = "openmcp.cloud/cluster";

/** Which of the given CRDs to install where. */
export type CrdInstallation = {
  readonly client: Pick<KubeClient, "apply"> & ListWatch<CustomResourceDefinition>;
  /** Value of the label `openmcp.cloud/cluster` of the CRDs that belong there. */
  readonly cluster: "onboarding" | "platform";
  readonly crds: readonly ApplyConfiguration[];
  readonly fieldManager: string;
  /** For each CRD, until the API server serves it. */
  readonly timeoutMs: number;
};

/**
 * Creates or updates those of `crds` that belong on the cluster, and returns when the API server serves them all.
 *
 * Rejects at once when another CRD has taken the names.
 */
export async function installCrds(installation: CrdInstallation, deps: WaitDeps): Promise<void> {
  const { client, cluster, crds, fieldManager, timeoutMs } = installation;
  const wanted = crds.filter(({ metadata }) => metadata.labels?.[CLUSTER_LABEL] === cluster);
  for (const crd of wanted) {
    await client.apply(customResourceDefinitions, crd, { fieldManager, force: true, signal: deps.signal });
    deps.log.info({ crd: crd.metadata.name, cluster }, "applied CRD");
  }
  for (const { metadata } of wanted) {
    await waitForObject(
      { client, resource: customResourceDefinitions, ref: { name: metadata.name }, look: lookForServed, timeoutMs },
      deps,
    );
  }
}

function lookForServed(crd: CustomResourceDefinition | undefined): Sighting<CustomResourceDefinition> {
  if (crd === undefined) {
    return { waitingFor: "the CRD to exist" };
  }
  const subject = `CRD "${crd.metadata.name}"`;
  if (isTerminating(crd)) {
    throw new Error(`${subject} is being deleted`);
  }
  const condition = (type: string): { status: string; message: string } | undefined =>
    crd.status?.conditions?.find((candidate) => candidate.type === type);
  const names = condition("NamesAccepted");
  if (names?.status === "False") {
    throw new Error(`the names of ${subject} are not accepted: ${names.message}`);
  }
  return names?.status === "True" && condition("Established")?.status === "True"
    ? { found: crd }
    : { waitingFor: `${subject} to be established` };
}
