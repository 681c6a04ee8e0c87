import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ApiServer } from "../../sim/apiserver/api-server.ts";
import { refOf, SimClient } from "../../sim/client.ts";
import { systemSimClock as clock } from "../../sim/clock.ts";
import { serve } from "../../sim/http-server.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import type { Obj } from "../../sim/object.ts";
import { platformCRDs } from "../../sim/platform/install-crds.ts";
import { systemClock } from "../../src/kube/clock.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { ocmCrds, offerCrd, providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import { FIELD_MANAGER } from "../../src/ocm/field-manager.ts";
import { definition } from "../../src/ocm/provider.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { type Placed, renderOffline } from "../../src/openmcp/render/offline.ts";
import { createLogger } from "../../src/runtime/log.ts";
import { ref } from "../../test/support/kinds.ts";
import { ocm, POD_NAMESPACE, providerConfig, PULL_SECRET, pullSecret } from "../../test/support/world.ts";

/** A platform with tenants, each with the objects that the provider would have written, and nobody who changes any. */
export type InstalledPlatform = {
  readonly ground: { readonly platform: { readonly kubeconfigPath: string } };
  readonly onboardingKubeconfigPath: string;
  /** Writes a file for the commands, and returns its path. */
  write(name: string, object: unknown): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
};

const AT = "2026-01-01T00:00:00Z";
const DIGEST = `sha256:${"0".repeat(64)}`;
const NAMESPACE = "project-bench";
const settings = { chartURL: "registry.example.com/chart", imagePullSecret: { name: PULL_SECRET } };

/** The ProviderConfig of such a platform, with these values. */
export function configWith(values: object): Obj {
  return providerConfig({ ...settings, values });
}

/** Starts API servers in this process, and writes what `count` installations consist of. */
export async function startInstalledPlatform(count: number, values: object): Promise<InstalledPlatform> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const [platform, onboarding] = await Promise.all([openServer("platform", folder), openServer("onboarding", folder)]);
  await installAll({ platform, onboarding }, { count, values });
  return {
    ground: { platform: { kubeconfigPath: platform.kubeconfigPath } },
    onboardingKubeconfigPath: onboarding.kubeconfigPath,
    write: async (name, object) => {
      const path = join(folder, name);
      await writeFile(path, JSON.stringify(object));
      return path;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([platform, onboarding].map(({ close }) => close()));
      await rm(folder, { recursive: true });
    },
  };
}

async function installAll(
  { platform, onboarding }: { readonly platform: Server; readonly onboarding: Server },
  { count, values }: { readonly count: number; readonly values: object },
): Promise<void> {
  platform.api.install([...platformCRDs(), ...providerConfigCrds] as readonly Obj[]);
  onboarding.api.install([...ocmCrds, offerCrd] as readonly Obj[]);
  await createNamespace(platform.client, POD_NAMESPACE);
  await createNamespace(onboarding.client, NAMESPACE);
  const operators = [configWith(values), pullSecret('{"auths":{}}')];
  for (const object of operators) {
    await platform.client.create(object);
  }
  const ocms = Array.from({ length: count }, (_, index) =>
    ocm({ name: `mcp-${index}`, namespace: NAMESPACE }, "0.4.0"),
  );
  const items = [...ocms, ...operators];
  const rendering = renderOffline(
    definition,
    [{ origin: "bench", text: JSON.stringify({ apiVersion: "v1", kind: "List", items }) }],
    {
      clock: systemClock,
      log: createLogger({ level: "silent", pretty: false }),
      providerName: "ocm",
      namespace: POD_NAMESPACE,
    },
  );
  for await (const { object, written } of rendering.objects) {
    await onboarding.client.create(object as Obj);
    await install(platform.client, object, written);
  }
}

type Server = {
  readonly api: ApiServer;
  readonly client: SimClient;
  readonly kubeconfigPath: string;
  readonly close: () => Promise<void>;
};

async function openServer(name: string, folder: string): Promise<Server> {
  const api = new ApiServer({ name, clock, random: Math.random, shortestTokenMs: 1000 });
  api.start();
  const served = await serve(api);
  const kubeconfigPath = join(folder, `${name}.kubeconfig`);
  await writeFile(kubeconfigPath, kubeconfigFor({ url: served.url, caPem: served.caPem, token: api.adminToken, name }));
  const client = new SimClient((request) => api.handle(request), {
    clock,
    token: api.adminToken,
    fieldManager: "bench",
  });
  return {
    api,
    client,
    kubeconfigPath,
    close: async () => {
      api.stop();
      await served.close();
    },
  };
}

async function createNamespace(client: SimClient, name: string): Promise<void> {
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

async function install(
  platform: SimClient,
  { metadata: { name } }: KubeObject,
  written: readonly Placed[],
): Promise<void> {
  const namespace = tenantNamespace(name, NAMESPACE);
  await createNamespace(platform, namespace);
  const { apiVersion, kind } = ref("clusterRequest", name);
  await platform.create({ apiVersion, kind, metadata: { name, namespace }, spec: { purpose: "mcp" } });
  for (const { object } of written) {
    const applied = await platform.apply(object as Obj, { fieldManager: FIELD_MANAGER });
    const status = STATUSES[applied.kind];
    if (status !== undefined) {
      await platform.status(refOf(object as Obj), status(object.metadata.name));
    }
  }
}

const ready = {
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message: "",
  lastTransitionTime: AT,
  observedGeneration: 1,
};

const STATUSES: Readonly<Record<string, (name: string) => object>> = {
  AccessRequest: (name) => ({ phase: "Granted", observedGeneration: 1, secretRef: { name: `${name}.kubeconfig` } }),
  OCIRepository: () => ({
    observedGeneration: 1,
    conditions: [ready],
    artifact: {
      revision: `0.4.0@${DIGEST}`,
      digest: DIGEST,
      lastUpdateTime: AT,
      path: "a",
      url: "http://example.com/a",
    },
  }),
  HelmRelease: () => ({
    observedGeneration: 1,
    conditions: [ready],
    lastAttemptedRevision: `0.4.0+${"0".repeat(12)}`,
    lastAttemptedRevisionDigest: DIGEST,
  }),
};
