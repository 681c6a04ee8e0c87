import { type ConfigMap, configMaps } from "service-provider-ocm/kube";
import * as openmcp from "service-provider-ocm/openmcp";

type Hello = openmcp.ServiceObject & { readonly spec: { readonly greeting: string } };
type ProviderConfig = openmcp.ServiceObject & { readonly spec?: { readonly audience?: string } };
type Settings = { readonly audience: string };

const served = { group: "hello.example.com", version: "v1alpha1" };
const where = { namespace: "default", name: "hello" };
const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "patch", "delete"] }];

/** Puts a ConfigMap with a greeting on the control plane of each Hello object. */
export const hello: openmcp.ServiceProvider = openmcp.serviceProvider<Hello, ProviderConfig, Settings>({
  name: "service-provider-hello",
  version: "0.1.0",
  summary: "Greets control planes of an openMCP platform.",
  resource: { ...served, kind: "Hello", plural: "hellos", namespaced: true },
  configResource: { ...served, kind: "ProviderConfig", plural: "providerconfigs", namespaced: false },
  crds: ["hello", "providerconfig"].map((name) => openmcp.readCrd(new URL(`crds/${name}.yaml`, import.meta.url))),
  settings: { read: ({ spec }) => ({ audience: spec?.audience ?? "world" }) },
  service: ({ controlPlanes, settings }) => {
    const access = controlPlanes({ permissions: [{ rules }] });
    return {
      ensure: async (object, pass) => {
        const accessReady = await access.request(object, pass);
        const reading = settings();
        if ("blocker" in reading) {
          return { reports: [accessReady, { ...reading.blocker, type: "Greeted" }] };
        }
        const greeting = greetingOf(object, reading.settings);
        const done = { type: "Greeted", reason: "Applied", message: "the greeting is in place" };
        const greeted = await openmcp.reportOn(done, () =>
          access.visit(object, pass, (controlPlane) => controlPlane.apply(configMaps, greeting)),
        );
        return { reports: [accessReady, greeted] };
      },
      remove: async (object, pass) => {
        const message = "waiting for others to let go of the greeting";
        const left = await access.remove(object, pass, async (controlPlane) => {
          const isGone = await controlPlane.deleteIfExists(configMaps, where);
          return isGone ? undefined : { type: "Removed", state: "waiting", reason: "BeingDeleted", message };
        });
        return left === undefined ? "removed" : { reports: [left] };
      },
    };
  },
});

function greetingOf({ spec }: Hello, { audience }: Settings): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: where, data: { text: `${spec.greeting}, ${audience}!` } };
}

if (import.meta.main) {
  await hello.main();
}
