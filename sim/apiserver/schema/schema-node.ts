import type { Json } from "../../json.ts";

/** One node of a structural OpenAPI v3 schema, the keywords an API server gives a meaning to. */
export type SchemaNode = {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly allOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly not?: SchemaNode;
  /** Built-ins only: fields that `properties` leaves out are declared fields all the same. */
  readonly isStruct?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
};

/** One entry of `x-kubernetes-validations`. */
export type ValidationRule = {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
};

/** The schema of the values under `key` of an object described by `node`. */
export function propertyNode(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const declared = declaredProperty(node, key);
  if (declared !== undefined) {
    return declared;
  }
  const additional = node?.additionalProperties;
  return typeof additional === "object" ? additional : undefined;
}

/** The schema of `key` when the object declares it by name. */
export function declaredProperty(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const properties = node?.properties;
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** Whether `key` is a field by name, not an entry of a map. */
export function isNamedField(node: SchemaNode | undefined, key: string): boolean {
  return node?.isStruct === true || declaredProperty(node, key) !== undefined;
}
