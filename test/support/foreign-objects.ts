import assert from "node:assert/strict";

import type { SimClient } from "../../sim/client.ts";
import { refOf } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { tenantLabels } from "../../src/openmcp/platform/tenant-access.ts";
import type { Sites } from "./installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ref } from "./kinds.ts";
import { withoutVolatile } from "./snapshot.ts";
import { POD_NAMESPACE } from "./world.ts";

/** An object of somebody else, and the cluster that it lies on. */
export type ForeignObject = { readonly client: SimClient; readonly object: Obj };

const ANOTHER = "another.services.openmcp.cloud";

/** Puts objects of others where the provider works, for a tenant. */
export async function plantForeign({
  plane,
  platform,
  onboarding,
  target,
}: Required<Sites>): Promise<readonly ForeignObject[]> {
  const namespace = tenantNamespace(plane.name, plane.namespace);
  const onPlatform = [...inTenantNamespace(plane, namespace), secret(`sp-ocm-foreign-${plane.name}`, POD_NAMESPACE)];
  return Promise.all([
    ...onPlatform.map((object) => plant(platform, object)),
    plant(onboarding, secret(`sp-ocm-foreign-${plane.name}`, plane.namespace)),
    plant(target, secret("sp-ocm-foreign", "default")),
  ]);
}

/** Fails when an object of somebody else is gone, is another one, or has been written into by the provider. */
export async function assertUntouched(objects: readonly ForeignObject[]): Promise<void> {
  for (const { client, object } of objects) {
    const found = await client.get(refOf(object));
    assert.equal(found.metadata.uid, object.metadata.uid);
    assert.deepEqual(contentOf(found), contentOf(object));
    const managers = (found.metadata.managedFields ?? []).map(({ manager }) => manager);
    assert.ok(!managers.includes("service-provider-ocm"), `${object.kind} ${object.metadata.name} is untouched`);
  }
}

async function plant(client: SimClient, object: Obj): Promise<ForeignObject> {
  return { client, object: await client.create(object, { fieldManager: "somebody" }) };
}

/** With labels as close to the provider's as those of somebody else can be. */
function inTenantNamespace(plane: Sites["plane"], namespace: string): readonly Obj[] {
  const labels = (controller: string, name = plane.name): Readonly<Record<string, string>> =>
    tenantLabels({ ...plane, name, controller }, "mcp");
  const source = { kind: "OCIRepository", name: "foreign" };
  const release = { interval: "1h", suspend: true, chartRef: { ...source, namespace } };
  const access = {
    requestRef: { name: plane.name, namespace },
    token: { roleRefs: [{ kind: "ClusterRole", name: "view" }] },
  };
  return [
    secret("sp-ocm-foreign", namespace),
    like("helmRelease", { name: "foreign", namespace, spec: release }),
    like("ociRepository", {
      name: "foreign",
      namespace,
      spec: { url: "oci://registry.example.com/theirs", interval: "1h", suspend: true },
    }),
    like("accessRequest", { name: "foreign-controller", namespace, labels: labels(ANOTHER), spec: access }),
    like("accessRequest", { name: "foreign-labels", namespace, spec: access }),
    ...[EARLIER_GROUP, CURRENT_GROUP].map((group, index) =>
      like("accessRequest", {
        name: `foreign-tenant-${index}`,
        namespace,
        labels: labels(group, "another-control-plane"),
        spec: access,
      }),
    ),
  ];
}

function like(
  kind: Parameters<typeof ref>[0],
  { spec, ...metadata }: Obj["metadata"] & { readonly spec: object },
): Obj {
  const { apiVersion, kind: kindName } = ref(kind, "");
  return { apiVersion, kind: kindName, metadata, spec };
}

function secret(name: string, namespace: string): Obj {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type: "Opaque", data: { theirs: "eA==" } };
}

// The platform and Flux add what is theirs when they see an object: finalizers, labels, the cluster that is meant.
function contentOf(object: Obj): unknown {
  const { metadata, spec, ...rest } = withoutVolatile(object) as Pick<Obj, "metadata"> & { readonly spec?: object };
  const { finalizers: _1, labels: _2, generation: _3, ...named } = metadata;
  return { ...rest, metadata: named, ...(spec !== undefined && { spec: { ...spec, clusterRef: undefined } }) };
}
