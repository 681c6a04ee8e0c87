import type { GroundCluster } from "../../../ground/ground.ts";
import { readAccess } from "../../../sandbox/connect.ts";
import { SimClient } from "../../../sim/client.ts";
import { systemSimClock } from "../../../sim/clock.ts";
import { httpTransport } from "../../../sim/http-transport.ts";
import type { SimRequest, SimResponse, SimTransport } from "../../../sim/transport.ts";

const PATIENCE_MS = 180_000;
const AGAIN_AFTER_MS = 300;

/** Administers a cluster as somebody who tries again until the server is there and has done what was asked for. */
export function patientClient({ kubeconfig }: Pick<GroundCluster, "kubeconfig">): SimClient {
  const transport = patient(httpTransport(readAccess(kubeconfig)));
  return new SimClient(transport, { clock: systemSimClock, fieldManager: "chaos" });
}

function patient(transport: SimTransport): SimTransport {
  return async (request) => {
    const endMs = Date.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await transport(request);
        if (response.status < 500 || Date.now() > endMs) {
          return attempt > 1 && wasDoneBefore(request, response) ? { ...response, status: 200 } : response;
        }
      } catch (error) {
        if (request.signal.aborted || Date.now() > endMs) {
          throw error;
        }
      }
      await systemSimClock.sleep(AGAIN_AFTER_MS, request.signal);
    }
  };
}

/** Whether a refusal says that an earlier attempt has been successful, of which there was no answer. */
function wasDoneBefore({ method }: SimRequest, { status }: SimResponse): boolean {
  return (method === "POST" && status === 409) || (method === "DELETE" && status === 404);
}
