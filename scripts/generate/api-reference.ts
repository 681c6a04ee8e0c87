import { code, table, wrap } from "./markdown.ts";
import { type Crd, type FieldSchema, readCrdFile, schemaOf } from "./crds.ts";

const HEAD = `# API reference

<!-- Generated from src/ocm/api/crds/*.yaml by \`npm run generate\`; do not edit. -->

Every field of every kind. \`kubectl explain\` shows the same texts on a cluster that serves the kind, and
[status.md](status.md) explains each condition and its reasons.`;

/** Every kind, in the order of the document, and the earlier API groups that have it as well. */
const kinds = [
  { name: "ocm", earlierGroups: ["ocm.services.openmcp.cloud"] },
  { name: "providerconfig", earlierGroups: ["ocm.services.openmcp.cloud"] },
  { name: "ocmoffer", earlierGroups: [] },
] as const;

/** Returns the content of docs/api.md. */
export function apiReference(): string {
  const sections = kinds.map(({ name, earlierGroups }) => kindSection(readCrdFile(name), earlierGroups));
  return `${[HEAD, ...sections].join("\n\n")}\n`;
}

function kindSection(crd: Crd, earlierGroups: readonly string[]): string {
  const { group: currentGroup, names, scope, versions } = crd.spec;
  const schema = schemaOf(crd);
  const facts = table(
    ["API group", "version", "scope", "cluster"],
    [currentGroup, ...earlierGroups].map((group) => [
      code(group),
      code(versions[0].name),
      scope === "Cluster" ? "cluster" : "namespace",
      crd.metadata.labels["openmcp.cloud/cluster"] ?? "",
    ]),
  );
  const parts = Object.entries(schema.properties ?? {}).filter(([, { properties }]) => properties !== undefined);
  return [`## ${names.kind}`, wrap(described(schema)), facts, ...parts.map(([path, part]) => objects(path, part))].join(
    "\n\n",
  );
}

/** The section of an object, followed by those of the objects in it. */
function objects(path: string, schema: FieldSchema): string {
  const fields = Object.entries(schema.properties ?? {});
  const rows = fields.map(([name, field]) => [
    code(name),
    typeOf(field),
    schema.required?.includes(name) === true ? "required" : defaultOf(field),
    // Nobody but the provider writes a status.
    [described(field), ...(path.startsWith("spec") ? limitsOf(field) : [])].join(" "),
  ]);
  const inner = fields.flatMap(([name, field]) => {
    const object = field.items ?? field;
    const suffix = field.items === undefined ? "" : "[]";
    return object.properties === undefined ? [] : [objects(`${path}.${name}${suffix}`, object)];
  });
  const rules = (schema["x-kubernetes-validations"] ?? []).map(({ message }) => `- ${message}`);
  return [
    `### \`${path}\``,
    wrap(described(schema)),
    table(["field", "type", "default", "meaning"], rows),
    ...(rules.length === 0
      ? []
      : ["The API server refuses an object that breaks one of these rules:", rules.join("\n")]),
    ...inner,
  ].join("\n\n");
}

function described({ description }: FieldSchema): string {
  return (description ?? "").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}

function typeOf({ type, items, enum: values }: FieldSchema): string {
  if (items !== undefined) {
    return `list of ${items.properties === undefined ? typeOf(items) : "objects"}`;
  }
  return values === undefined ? (type ?? "any") : values.map(code).join(", ");
}

function defaultOf({ default: value }: FieldSchema): string {
  return value === undefined ? "" : code(typeof value === "string" ? value : JSON.stringify(value));
}

function limitsOf(schema: FieldSchema): readonly string[] {
  const { minLength = 0, maxLength, maxItems, properties } = schema;
  const rules = properties === undefined ? (schema["x-kubernetes-validations"] ?? []) : [];
  return [
    ...(maxLength === undefined ? [] : [`At most ${maxLength} characters.`]),
    ...(minLength === 0 || maxLength !== undefined ? [] : ["Not empty."]),
    ...(maxItems === undefined ? [] : [`At most ${maxItems} entries.`]),
    ...rules.map(({ message }) => `It ${message}.`),
  ];
}
