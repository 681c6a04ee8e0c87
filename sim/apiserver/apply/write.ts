import type { ObjectSchema } from "../schema/compile.ts";
import { builtinNode } from "../schema/builtin-node.ts";
import { objectMetaNode } from "../schema/object-meta-node.ts";
import type { SchemaNode } from "../schema/schema-node.ts";

/** Who writes what, when: the part that applying and updating have in common. */
export type Write = {
  readonly manager: string;
  /** Version of the endpoint that is written to. */
  readonly apiVersion: string;
  readonly subresource?: string;
  /** Schema of a custom resource; built-ins are known here. */
  readonly schema?: ObjectSchema;
  /** RFC 3339, for the entry of `manager` if the write changes anything. */
  readonly time: string;
  /** Top-level fields that this endpoint does not write; nobody becomes their owner here. */
  readonly resetFields?: readonly string[];
};

/** The schema that says how fields of an object are owned. */
export function ownershipNode({ schema, apiVersion }: Pick<Write, "schema" | "apiVersion">, kind: string): SchemaNode {
  const node = schema?.node ?? builtinNode(apiVersion, kind);
  const text: SchemaNode = { type: "string" };
  return { ...node, properties: { ...node.properties, apiVersion: text, kind: text, metadata: objectMetaNode } };
}

/** What the endpoint does not write unless the caller says otherwise. */
export function resetFieldsOf({
  resetFields,
  subresource,
}: Pick<Write, "resetFields" | "subresource">): readonly string[] {
  return resetFields ?? (subresource === "status" ? ["spec"] : []);
}
