import assert from "node:assert/strict";
import type { ControlPlaneRef } from "../../../ground/ground.ts";
import { controlPlaneRef } from "../../../ground/real/operator/control-plane.ts";
import { tenantNamespace } from "../../../src/openmcp/platform/names.ts";
import { kindOf, ref } from "../../support/kinds.ts";
import type { PlatformWorld } from "./platform-world.ts";

/** Checks that of a tenant whose control plane was removed nothing is left on any cluster, its own included. */
export async function assertNothingLeft(
  { ground, platform, onboarding }: PlatformWorld,
  plane: ControlPlaneRef,
): Promise<void> {
  const namespace = tenantNamespace(plane.name, plane.namespace);
  assert.equal(await onboarding.find(ref("ocm", plane.name, plane.namespace)), undefined, "OCM");
  assert.equal(await onboarding.find(controlPlaneRef(plane)), undefined, "ControlPlane");
  assert.equal(await platform.find(ref("namespace", namespace)), undefined, "tenant namespace");
  for (const kind of ["clusterRequest", "accessRequest", "helmRelease", "ociRepository"] as const) {
    const left = await platform.list(kindOf(kind));
    assert.deepEqual(
      left.filter(({ metadata }) => metadata.namespace === namespace),
      [],
      kind,
    );
  }
  assert.equal(ground.controlPlanes.find(plane), undefined, "API server");
}
