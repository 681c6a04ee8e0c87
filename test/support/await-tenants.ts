import { isDeepStrictEqual } from "node:util";

import type { SimClient } from "../../sim/client.ts";
import { awaitPresent } from "./await-object.ts";
import { ref } from "./kinds.ts";
import type { ServiceObj } from "./ocm-status.ts";

/** Waits until the status of the ProviderConfig counts the tenants like this. */
export function awaitTenants(
  platform: SimClient,
  tenants: Readonly<Record<"total" | "ready" | "failing", number>>,
): Promise<ServiceObj> {
  return awaitPresent<ServiceObj>(
    platform,
    ref("providerConfig", "ocm"),
    ({ status }) => isDeepStrictEqual(status?.tenants, tenants),
    { what: `the ProviderConfig counts ${JSON.stringify(tenants)}` },
  );
}
