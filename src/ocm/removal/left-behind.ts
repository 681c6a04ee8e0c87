import type { KubeClient } from "../../kube/client.ts";
import { secrets } from "../../kube/core.ts";
import { NotFoundError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import { RELEASE_NAME, RELEASE_NAMESPACE } from "../tenant-objects.ts";

// Of the first attempt: as soon as Flux knows of one, it uninstalls what came of it.
const FIRST_RECORD = { namespace: RELEASE_NAMESPACE, name: `sh.helm.release.v1.${RELEASE_NAME}.v1` };

/**
 * Whether Helm has begun to install the toolkit on a control plane since the source of its chart was created.
 *
 * A release that was there before is somebody else's.
 */
export async function isLeftBehind(client: KubeClient, source: KubeObject, signal: AbortSignal): Promise<boolean> {
  try {
    const { metadata } = await client.get(secrets, FIRST_RECORD, signal);
    return timeOf(metadata) >= timeOf(source.metadata);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return false;
    }
    throw error;
  }
}

function timeOf({ creationTimestamp = "" }: KubeObject["metadata"]): number {
  return Date.parse(creationTimestamp);
}
