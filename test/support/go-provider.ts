import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { loadAll } from "js-yaml";

import type { ControlPlaneRef, Ground } from "../../ground/ground.ts";
import { refOf, type SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { trusted } from "../../sim/trusted.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { requestName, tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { awaitPresent } from "./await-object.ts";
import { CURRENT_GROUP, EARLIER_GROUP, ref } from "./kinds.ts";
import { conditionOf, type ServiceObj } from "./ocm-status.ts";
import { ocm, POD_NAMESPACE, PULL_SECRET, type Tenant, type World } from "./world.ts";

/** How the Go provider named its objects: at first (v0.1.0), later (v0.1.3), and since its API group was renamed (v0.4.0). */
export type GoNames = "first-names" | "later-names" | "renamed-group";

/** The API group of its objects, which names the controller as well. */
export const goGroups: Readonly<Record<GoNames, string>> = {
  "first-names": EARLIER_GROUP,
  "later-names": EARLIER_GROUP,
  "renamed-group": CURRENT_GROUP,
};

/** Under which name the Go provider wrote; the one this provider applies under, too. */
const GO_MANAGER = "service-provider-ocm";

/** What the objects of one tenant are made for. */
export type GoTenant = ControlPlaneRef & {
  readonly charts: Ground["charts"];
  /** Chart version; default: the first. */
  readonly version?: string;
  /** Default: the one that tests configure. */
  readonly pullSecret?: string;
  /** Name of the AccessRequest. Default: as the platform's library names it. */
  readonly accessRequest?: string;
};

/** What the Go provider makes for a tenant: first the requests, then what needs the access they give. */
export type GoObjects = {
  readonly requests: readonly Obj[];
  readonly installation: (kubeconfigSecret: string) => readonly Obj[];
  /** What it requests for itself, in its own namespace; recorded with the renamed group only. */
  readonly own: readonly Obj[];
  /** The operator's ProviderConfig for it; recorded with the renamed group only. */
  readonly settings: readonly Obj[];
};

/** The access to a tenant's control plane that the Go provider requests. */
export function goAccessRef(
  { name, namespace, accessRequest }: Pick<GoTenant, "name" | "namespace" | "accessRequest">,
  names: GoNames = "later-names",
): ReturnType<typeof ref> {
  const tenant = { controller: goGroups[names], name, namespace };
  return ref("accessRequest", accessRequest ?? tenantRequestName(tenant, "mcp"), tenantNamespace(name, namespace));
}

/**
 * The name under which the Go provider since v0.2 looks for the AccessRequest of a control plane.
 *
 * For a control plane's name of more than 22 characters it is another one than the request has, so that nothing is
 * ever installed for the tenant.
 */
export function goLookupName({ name }: ControlPlaneRef): string {
  return `${requestName(CURRENT_GROUP, name)}--mcp`;
}

/** The OCM object of a tenant as the Go provider holds it. */
export function goOcm(names: GoNames, { name, namespace, charts, version }: GoTenant): Obj {
  const group = goGroups[names];
  const { metadata, ...object } = ocm({ name, namespace, group }, version ?? charts.versions[0] ?? "");
  return { ...object, metadata: { ...metadata, finalizers: [`${group}/finalizer`] } };
}

/** Reads what was recorded of the Go provider, for a tenant. */
export async function goObjects(names: GoNames, tenant: GoTenant): Promise<GoObjects> {
  const text = readFileSync(new URL(`../takeover/${names}.yaml`, import.meta.url), "utf8");
  const objects = (kubeconfigSecret: string): Obj[] =>
    trusted<Obj[]>(loadAll(filledIn(text, tenant, kubeconfigSecret)));
  const inTenantNamespace = ({ metadata }: Obj): boolean =>
    metadata.namespace === tenantNamespace(tenant.name, tenant.namespace);
  return {
    requests: objects("").filter((object) => isRequest(object) && inTenantNamespace(object)),
    installation: (kubeconfigSecret) =>
      objects(kubeconfigSecret).filter((object) => !isRequest(object) && inTenantNamespace(object)),
    own: objects("").filter((object) => isRequest(object) && !inTenantNamespace(object)),
    settings: objects("").filter(({ kind }) => kind === "ProviderConfig"),
  };
}

/** Writes objects as the Go provider did, so that the managed fields of those that it creates are as recorded. */
export async function writeAsGo(platform: SimClient, objects: readonly Obj[]): Promise<void> {
  for (const object of objects) {
    const { managedFields: _recorded, ...metadata } = object.metadata;
    const written = { ...object, metadata };
    if ((await platform.find(refOf(object))) === undefined) {
      await platform.create(written, { fieldManager: GO_MANAGER });
      assert.deepEqual(ownedByGo(await platform.get(refOf(object))), ownedByGo(object), object.kind);
    } else {
      await platform.patchMerge(refOf(object), written, { fieldManager: GO_MANAGER });
    }
  }
}

/** Plays the Go provider up to the point where its release is installed. */
export async function playGoProvider(
  { platform, ground }: Pick<World, "platform" | "ground">,
  names: GoNames,
  tenant: Tenant & Pick<GoTenant, "accessRequest">,
): Promise<void> {
  const go = await goObjects(names, { ...tenant, charts: ground.charts });
  await writeAsGo(platform, go.requests);
  const what = "the Go provider has access";
  const access = await awaitPresent(platform, goAccessRef(tenant, names), isGranted, { what });
  const installation = go.installation(textAt(access, "status", "secretRef", "name"));
  await writeAsGo(platform, installation);
  for (const release of installation.filter(({ kind }) => kind === "HelmRelease")) {
    await awaitPresent<ServiceObj>(platform, refOf(release), isReady, {
      what: "the release of the Go provider is installed",
      withinMs: 90_000,
    });
  }
}

function isRequest({ kind }: Obj): boolean {
  return kind.endsWith("Request");
}

function isReady(object: ServiceObj): boolean {
  return conditionOf(object, "Ready")?.status === "True";
}

function isGranted(request: Obj): boolean {
  const { generation } = request.metadata;
  return (
    textAt(request, "status", "phase") === "Granted" && valueAt(request, "status", "observedGeneration") === generation
  );
}

/** What the Go provider has written into an object, by its managed fields. */
export function ownedByGo({ metadata }: Obj): readonly unknown[] {
  return (metadata.managedFields ?? [])
    .filter(({ manager, operation }) => manager === GO_MANAGER && operation === "Update")
    .map(({ fieldsV1 }) => fieldsV1);
}

function filledIn(text: string, tenant: GoTenant, secret: string): string {
  const { name, namespace, charts, version, pullSecret } = tenant;
  const words: Readonly<Record<string, string>> = {
    ACCESS_REQUEST: goAccessRef(tenant, "renamed-group").name,
    POD_NAMESPACE,
    CHART_ADDRESS: charts.chartURL.replace("oci://", ""),
    TENANT_NAMESPACE: tenantNamespace(name, namespace),
    WORKSPACE: namespace,
    CONTROL_PLANE: name,
    KUBECONFIG_SECRET: secret,
    CHART_URL: charts.chartURL,
    CHART_VERSION: version ?? charts.versions[0] ?? "",
    PULL_SECRET: pullSecret ?? PULL_SECRET,
    DOCKER_CONFIG_JSON: Buffer.from(charts.dockerConfigJson).toString("base64"),
  };
  return Object.entries(words).reduce((filled, [word, value]) => filled.replaceAll(word, value), text);
}
