import { playPlatform } from "../played-platform.ts";
import { openGround, type RealGround, type RealGroundOptions, startRealGround } from "../real-ground.ts";
import { leasePrograms } from "./leased-programs.ts";
import { SOCKET_VARIABLE } from "./socket-variable.ts";

/** How to get a real ground: only what can be chosen about one that stands already. */
export type LeaseOptions = Omit<RealGroundOptions, "flux" | "serviceProviderStatus">;

/** Borrows a real ground where some stand (the environment tells) as it is wanted, and starts one elsewhere. */
export async function leaseRealGround(options: LeaseOptions = {}): Promise<RealGround> {
  const socketPath = process.env[SOCKET_VARIABLE];
  const { platformRelease, disablesChartDigestTracking } = options;
  // Those that stand have the newest CRDs, and no feature gates.
  if (socketPath === undefined || platformRelease === "oldest" || disablesChartDigestTracking === true) {
    return startRealGround(options);
  }
  const programs = await leasePrograms(socketPath, options);
  return openGround(programs, (clusters) => Promise.resolve(playPlatform(clusters, options)));
}
