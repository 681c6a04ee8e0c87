import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import { ensure } from "../stand-in/ensure.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import { installCRDs, type PlatformRelease } from "./install-crds.ts";
import { PLATFORM_NAMESPACE, serviceProviderType } from "./kinds.ts";

/** What a platform cluster begins with besides its CRDs. */
export type SeedOptions = {
  readonly platform: SimClient;
  readonly clock: SimClock;
  /** Whether the ServiceProvider has its first status yet; the operator writes it a moment after the object. */
  readonly serviceProviderStatus?: "present" | "absent" | "no ServiceProvider";
  /** Name of the ServiceProvider. Default: `ocm`. */
  readonly providerName?: string;
};

/** Brings a platform cluster to where a provider is started: CRDs, the platform's namespace, ServiceProvider `ocm`. */
export async function seedPlatform({
  platformRelease,
  ...options
}: SeedOptions & { readonly platformRelease?: PlatformRelease | undefined }): Promise<void> {
  await installCRDs(options.platform, options.clock, platformRelease);
  await seedServed(options);
}

/** The same on a platform cluster that serves its CRDs already. */
export async function seedServed({
  platform,
  clock,
  serviceProviderStatus = "present",
  providerName = "ocm",
}: SeedOptions): Promise<void> {
  await ensure(platform, { apiVersion: "v1", kind: "Namespace", metadata: { name: PLATFORM_NAMESPACE } });
  if (serviceProviderStatus === "no ServiceProvider") {
    return;
  }
  await ensure(platform, {
    ...serviceProviderType,
    metadata: { name: providerName, finalizers: ["openmcp.cloud/finalizer"] },
    spec: { image: "example.com/service-provider-ocm:v1", verbosity: "INFO" },
  });
  if (serviceProviderStatus === "present") {
    await writeServiceProviderStatus(platform, clock, providerName);
  }
}

/** Writes what the operator says of a ServiceProvider while its init runs. */
export async function writeServiceProviderStatus(platform: SimClient, clock: SimClock, name = "ocm"): Promise<void> {
  const at = { observedGeneration: 1, lastTransitionTime: kubeTime(clock.now()) };
  await platform.status(
    { ...serviceProviderType, name },
    {
      phase: "Progressing",
      observedGeneration: 1,
      conditions: [
        {
          ...at,
          type: "Initialized",
          status: "False",
          reason: "InitRunning",
          message: "Initialization is running",
        },
        { ...at, type: "Ready", status: "Unknown", reason: "ProviderInstallationPending", message: "" },
      ],
    },
  );
}
