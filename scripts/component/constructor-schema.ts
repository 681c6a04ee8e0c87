// What the public schema of component constructors (https://ocm.software/schemas/configuration-schema.yaml) asks of the
// parts that this project's constructor has, and nothing beyond them. No package registry serves the schema itself. Its
// versions disagree on the name of one access, ociArtifact or ociImage: here stands that of OCM's documentation, which the
// Go provider's component has.

const text = { type: "string", minLength: 1 } as const;
const version = { type: "string", pattern: String.raw`^v?(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?$` } as const;
const elementName = { type: "string", minLength: 2, pattern: "^[a-z0-9]([-_+a-z0-9]*[a-z0-9])?$" } as const;
const componentName = {
  type: "string",
  maxLength: 255,
  pattern: "^[a-z][-a-z0-9]*([.][a-z][-a-z0-9]*)*[.][a-z]{2,}(/[a-z][-a-z0-9_]*([.][a-z][-a-z0-9_]*)*)+$",
} as const;

type Fields = Readonly<Record<string, object>>;

function closed(required: Fields, optional: Fields = {}): object {
  return {
    type: "object",
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

function list(items: object): object {
  return { type: "array", minItems: 1, items };
}

const label = closed({ name: text, value: {} });
const provider = closed({ name: text });

const gitHubAccess = closed({ type: { const: "gitHub" }, repoUrl: text, commit: { pattern: "^[0-9a-f]{40}$" } });
const source = closed({ name: elementName, type: { enum: ["blob", "git"] }, version, access: gitHubAccess });

const imageAccess = closed({
  type: { const: "ociArtifact" },
  imageReference: { pattern: String.raw`^[a-z0-9.]+(/[a-z0-9-]+)+:[\w.-]+@sha256:[0-9a-f]{64}$` },
});
const external = closed({
  name: elementName,
  type: { const: "ociImage" },
  version,
  relation: { const: "external" },
  access: imageAccess,
});

const blobInput = { path: text, mediaType: text };
const blobOptions = { compress: { type: "boolean" } };
const input = {
  oneOf: [
    closed({ type: { const: "dir" }, ...blobInput }, blobOptions),
    closed({ type: { const: "file" }, ...blobInput }, blobOptions),
  ],
};
// What comes along with a component has the component's version, and states none.
const local = closed(
  { name: elementName, type: { enum: ["blob", "directoryTree"] }, input },
  { extraIdentity: { type: "object", propertyNames: elementName, additionalProperties: text } },
);

/** JSON schema of a component constructor with nothing left to fill in. */
export const constructorSchema: object = closed({
  components: list(
    closed({
      name: componentName,
      version,
      provider,
      labels: list(label),
      sources: list(source),
      resources: list({ oneOf: [external, local] }),
    }),
  ),
});
