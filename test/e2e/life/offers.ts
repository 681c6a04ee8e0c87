import type { Obj } from "../../../sim/object.ts";
import { ref } from "../../support/kinds.ts";
import { POD_NAMESPACE, pullSecret } from "../../support/world.ts";
import type { PlatformWorld } from "./platform-world.ts";

/** What tenants may ask for beside the chart's own versions. */
export const OFFERED = {
  /** A tag that there is not. */
  missing: "9.9.9",
  /** A tag that is published later. */
  moving: "nightly",
  /** The older version, with values of its own. */
  withValues: "with-values",
  /** The older version, with a login of its own. */
  withLogin: "with-login",
  /** The newer one, with the same login. */
  newerWithLogin: "newer-with-login",
} as const;

const LOGIN = "own-login";

/** Puts everything on offer, with these `values` where an offer has some. */
export function offerAll({ platform, ground }: PlatformWorld, values: object = {}): Promise<Obj> {
  const [older = "", newer = ""] = ground.charts.versions;
  const plain = [...ground.charts.versions, OFFERED.missing, OFFERED.moving];
  const versions = [
    ...plain.map((version) => ({ version })),
    { version: OFFERED.withValues, chartVersion: older, values },
    { version: OFFERED.withLogin, chartVersion: older, chartPullSecret: LOGIN },
    { version: OFFERED.newerWithLogin, chartVersion: newer, chartPullSecret: LOGIN },
  ];
  return platform.patchMerge(ref("providerConfig", "ocm"), { spec: { versions } });
}

/** Puts the login there that some offers have. */
export async function createLogin({ platform }: PlatformWorld, dockerConfigJson: string): Promise<void> {
  await platform.create(pullSecret(dockerConfigJson, LOGIN));
}

/** Puts another login in its place. */
export async function changeLogin({ platform }: PlatformWorld, dockerConfigJson: string): Promise<void> {
  const { data } = pullSecret(dockerConfigJson, LOGIN);
  await platform.patchMerge(ref("secret", LOGIN, POD_NAMESPACE), { data });
}
