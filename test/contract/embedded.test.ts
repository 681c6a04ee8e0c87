import { ApiServer } from "../../sim/apiserver/api-server.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { serve } from "../../sim/http-server.ts";
import type { ContractServer } from "./contract-server.ts";
import { contractSuite } from "./contract-suite.ts";

contractSuite("the embedded API server", startEmbedded);

async function startEmbedded(): Promise<ContractServer> {
  const server = new ApiServer({ name: "contract", clock: systemSimClock, random: seeded() });
  server.start();
  const served = await serve(server);
  return {
    url: served.url,
    caPem: served.caPem,
    adminToken: server.adminToken,
    stop: async () => {
      await served.close();
      server.stop();
    },
  };
}

// A linear congruential generator: enough for names and UIDs.
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
