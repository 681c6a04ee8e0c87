import { waitUntil } from "../../ground/wait-until.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { trusted } from "../../sim/trusted.ts";
import { kindOf, ref } from "./kinds.ts";
import { POD_NAMESPACE } from "./world.ts";

/** Name of the Discovery that tests create. */
export const DISCOVERY: ObjRef = ref("discovery", "toolkit-versions", POD_NAMESPACE);

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** Gives a cluster the kind Discovery as the toolkit's chart does, which nobody serves there. */
export async function installDiscoveries(client: SimClient): Promise<void> {
  await client.create(discoveryCrd());
  await waitUntil(() => client.serves(kindOf("discovery")), { what: "Discovery is served", withinMs: 30_000 });
}

/** The CRD of Discovery, with the fields that the toolkit's has and that are read here. */
export function discoveryCrd(): Obj {
  const { apiVersion, kind, name } = ref("crd", "discoveries.delivery.ocm.software");
  const version = { name: "v1alpha1", served: true, storage: true, subresources: { status: {} }, schema: schema() };
  return trusted<Obj>({
    apiVersion,
    kind,
    metadata: { name },
    spec: {
      group: "delivery.ocm.software",
      scope: "Namespaced",
      names: { kind: "Discovery", listKind: "DiscoveryList", plural: "discoveries", singular: "discovery" },
      versions: [version],
    },
  });
}

function schema(): object {
  const list = { type: "array", items: anything };
  const status = {
    type: "object",
    properties: {
      observedGeneration: { type: "integer", format: "int64" },
      conditions: list,
      components: list,
      extracted: list,
    },
    "x-kubernetes-validations": [
      {
        rule: "!(has(self.components) && has(self.extracted))",
        message: "components and extracted cannot be set at the same time",
      },
    ],
  };
  const properties = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } };
  return { openAPIV3Schema: { type: "object", properties: { ...properties, spec: anything, status } } };
}

/** The Discovery as an operator writes it. */
export function discovery(spec: Readonly<Record<string, unknown>> = {}): Obj {
  const { apiVersion, kind, name, namespace = "" } = DISCOVERY;
  return { apiVersion, kind, metadata: { name, namespace }, spec: { componentRef: { name: "toolkit" }, ...spec } };
}

/** Answers the Discovery as the toolkit does: with records of these versions, or other fields of the status. */
export async function answerDiscovery(
  client: SimClient,
  answer: readonly (string | object)[] | Readonly<Record<string, unknown>>,
): Promise<void> {
  const { generation } = (await client.get(DISCOVERY)).metadata;
  const fields = isList(answer)
    ? { components: null, extracted: answer.map((found) => (typeof found === "string" ? { version: found } : found)) }
    : answer;
  const conditions = [condition(generation, { status: "True", reason: "Succeeded", message: "discovery succeeded" })];
  await client.status(DISCOVERY, { observedGeneration: generation, conditions, ...fields });
}

function isList(answer: unknown): answer is readonly (string | object)[] {
  return Array.isArray(answer);
}

/** Fails as the toolkit does, which keeps its last answer. */
export async function failDiscovery(client: SimClient, reason: string, message: string): Promise<void> {
  const { generation } = (await client.get(DISCOVERY)).metadata;
  await client.status(DISCOVERY, { conditions: [condition(generation, { status: "False", reason, message })] });
}

function condition(observedGeneration: unknown, words: Readonly<Record<string, string>>): object {
  return { type: "Ready", observedGeneration, lastTransitionTime: "2026-01-01T00:00:00Z", ...words };
}
