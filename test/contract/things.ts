import type { Body } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import { ask, waitFor } from "./wait.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Path of the collection of things in a namespace. */
export function things(within: string): string {
  return `/apis/contract.example.org/v1/namespaces/${within}/things`;
}

/** A custom resource that uses what the contract is about: rules, defaults, list types, columns. */
export const thingsCRD: Body = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.contract.example.org" },
  spec: {
    group: "contract.example.org",
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing", shortNames: ["th"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: ".spec.mode" }],
        additionalPrinterColumns: [
          { name: "Mode", type: "string", jsonPath: ".spec.mode" },
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: "Size", type: "integer", jsonPath: ".spec.size", priority: 1 },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: { openAPIV3Schema: schema() },
      },
    ],
  },
};

function schema(): object {
  const text = { type: "string" };
  return {
    type: "object",
    description: "A thing of the contract",
    required: ["spec"],
    properties: {
      spec: {
        type: "object",
        required: ["mode"],
        properties: {
          mode: { type: "string", enum: ["auto", "manual"] },
          size: { type: "integer", minimum: 1, maximum: 10, default: 3 },
          version: { type: "string", pattern: "^v[0-9]+$", maxLength: 5 },
          fixed: {
            type: "string",
            "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is immutable" }],
          },
          port: { "x-kubernetes-int-or-string": true },
          free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
          words: { type: "array", items: text, maxItems: 3 },
          labels: { type: "object", additionalProperties: text },
          count: { type: "integer", multipleOf: 2, "x-kubernetes-validations": [{ rule: "self > 0" }] },
          ids: { type: "array", items: { type: "integer" }, "x-kubernetes-list-type": "set" },
          pause: { type: "string", format: "duration" },
          every: {
            type: "string",
            "x-kubernetes-validations": [{ rule: "duration(self) >= duration('1s')", message: "at least 1s" }],
          },
          until: { type: "string", format: "date-time", nullable: true },
          parts: {
            type: "array",
            items: {
              type: "object",
              required: ["name"],
              properties: { name: text, on: { type: "boolean", default: true }, note: text },
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
          },
        },
        "x-kubernetes-validations": [
          { rule: "self.mode != 'manual' || has(self.version)", message: "version is required in manual mode" },
        ],
      },
      status: {
        type: "object",
        properties: {
          phase: text,
          conditions: {
            type: "array",
            items: {
              type: "object",
              required: ["type"],
              properties: { type: text, status: text, message: { type: "string", maxLength: 8 } },
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
          },
        },
      },
    },
  };
}

/** A thing with this spec. */
export function thing(name: string, spec: Readonly<Record<string, unknown>> = {}, metadata: object = {}): Body {
  return {
    apiVersion: "contract.example.org/v1",
    kind: "Thing",
    metadata: { name, ...metadata },
    spec: { mode: "auto", ...spec },
  };
}

/** A config map with this data. */
export function configMap(name: string, data: Readonly<Record<string, string>> = {}, metadata: object = {}): Body {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

/** Path of the collection of config maps in a namespace. */
export function configMaps(within: string): string {
  return `/api/v1/namespaces/${within}/configmaps`;
}

/** Creates a namespace. */
export async function createNamespace(client: ContractClient, name: string): Promise<void> {
  const { status, text } = await client.post("/api/v1/namespaces", namespace(name));
  if (status !== 201) {
    throw new Error(`cannot create namespace ${name}: ${text}`);
  }
}

/** A namespace. */
export function namespace(name: string): Body {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** Creates a CRD and returns once its objects can be listed. */
export async function installCRD(client: ContractClient, crd: Body, path: string): Promise<void> {
  const { status, text } = await client.post(CRDS, crd);
  if (status !== 201) {
    throw new Error(`cannot create CRD: ${text}`);
  }
  await waitFor(client, CRDS, crd.metadata?.name ?? "", (object) => isEstablished(object));
  await ask(
    () => client.get(path),
    (answer) => answer.status === 200,
  );
}

function isEstablished(crd: Body | undefined): boolean {
  const conditions = (crd?.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Established" && status === "True");
}
