import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { loadAll } from "js-yaml";

import type { ControlPlaneRef, Ground } from "../../ground/ground.ts";
import { refOf, type SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { trusted } from "../../sim/trusted.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { awaitPresent } from "./await-object.ts";
import { ref } from "./kinds.ts";
import { conditionOf, type ServiceObj } from "./ocm-status.ts";
import { PULL_SECRET, type Tenant, type World } from "./world.ts";

/** How the Go provider named its objects, earlier and later. */
export type GoNames = "first-names" | "later-names";

/** Under which name the Go provider wrote; the one this provider applies under, too. */
const GO_MANAGER = "service-provider-ocm";

/** What the objects of one tenant are made for. */
export type GoTenant = ControlPlaneRef & {
  readonly charts: Ground["charts"];
  /** Chart version; default: the first. */
  readonly version?: string;
  /** Default: the one that tests configure. */
  readonly pullSecret?: string;
};

/** What the Go provider makes for a tenant: first the requests, then what needs the access they give. */
export type GoObjects = {
  readonly requests: readonly Obj[];
  readonly installation: (kubeconfigSecret: string) => readonly Obj[];
};

/** The access to a tenant's control plane that the Go provider requests. */
export function goAccessRef({ name, namespace }: ControlPlaneRef): ReturnType<typeof ref> {
  const tenant = { controller: "ocm.services.openmcp.cloud", name, namespace };
  return ref("accessRequest", tenantRequestName(tenant, "mcp"), tenantNamespace(name, namespace));
}

/** Reads what was recorded of the Go provider, for a tenant. */
export async function goObjects(names: GoNames, tenant: GoTenant): Promise<GoObjects> {
  const text = await readFile(new URL(`../takeover/${names}.yaml`, import.meta.url), "utf8");
  const objects = (kubeconfigSecret: string): Obj[] =>
    trusted<Obj[]>(loadAll(filledIn(text, tenant, kubeconfigSecret)));
  return {
    requests: objects("").filter(isRequest),
    installation: (kubeconfigSecret) => objects(kubeconfigSecret).filter((object) => !isRequest(object)),
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
export async function playGoProvider({ platform, ground }: World, names: GoNames, tenant: Tenant): Promise<void> {
  const go = await goObjects(names, { ...tenant, charts: ground.charts });
  await writeAsGo(platform, go.requests);
  const access = await awaitPresent(platform, goAccessRef(tenant), isGranted, { what: "the Go provider has access" });
  const installation = go.installation(textAt(access, "status", "secretRef", "name"));
  await writeAsGo(platform, installation);
  for (const release of installation.filter(({ kind }) => kind === "HelmRelease")) {
    const what = "the release of the Go provider is installed";
    await awaitPresent<ServiceObj>(platform, refOf(release), isReady, { what, withinMs: 90_000 });
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

function filledIn(text: string, { name, namespace, charts, version, pullSecret }: GoTenant, secret: string): string {
  const words: Readonly<Record<string, string>> = {
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
