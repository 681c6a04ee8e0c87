import { type PlatformGround, startPlatformGround } from "../../../ground/real/operator/platform-ground.ts";
import { connect } from "../../../sandbox/connect.ts";
import { tenantNamespace } from "../../../src/openmcp/platform/names.ts";
import { providerImage } from "../../support/provider-image.ts";
import { providerConfig, PULL_SECRET, pullSecret, type World } from "../../support/world.ts";

/** A ground whose platform is the real operator, with clients. The provider runs in two pods. */
export type PlatformWorld = Pick<World, "platform" | "onboarding" | "order" | "stop"> & {
  readonly ground: PlatformGround;
};

/*
 * How long the access lives that is granted to the provider and to Flux: what lasts longer goes on with renewed access only.
 * To that an API server adds a minute, in case clocks differ.
 *
 * It is renewed much sooner. Flux goes through one action with the token that it had at first, and when that expires while
 * it waits for a Deployment, it waits until the action's timeout.
 */
const TOKEN_LIFETIME_MS = 20_000;
const RENEW_TOKENS_AFTER_MS = 10_000;

/** Starts the platform and everything on it, and has the provider configured. */
export async function startPlatformWorld(): Promise<PlatformWorld> {
  const ground = await startPlatformGround({
    serviceProvider: { runReplicas: 2 },
    tokenLifetimeMs: TOKEN_LIFETIME_MS,
    renewTokensAfterMs: RENEW_TOKENS_AFTER_MS,
    image: await providerImage(),
  });
  const { chartURL, dockerConfigJson } = ground.charts;
  const platform = connect(ground.platform);
  await platform.create(pullSecret(dockerConfigJson));
  // So long that whatever happens, happens because of a watch.
  await platform.create(providerConfig({ chartURL, imagePullSecret: { name: PULL_SECRET }, pollInterval: "1h" }));
  return {
    ground,
    platform,
    onboarding: connect(ground.onboarding),
    order: async (plane) => {
      const cluster = await ground.orderControlPlane(plane);
      const tenant = tenantNamespace(plane.name, plane.namespace);
      return { ...plane, tenantNamespace: tenant, cluster, mcp: connect(cluster) };
    },
    stop: () => ground.stop(),
  };
}
