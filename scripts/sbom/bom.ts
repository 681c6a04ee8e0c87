/** A part of what ships, as CycloneDX names it; only the properties that are read or written here. */
export type Component = {
  readonly type: "application" | "container" | "library" | "platform";
  readonly name: string;
  readonly version: string;
  readonly "bom-ref": string;
  readonly group?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly licenses?: readonly LicenseChoice[];
  readonly hashes?: readonly { readonly alg: "SHA-256"; readonly content: string }[];
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
};

/** A licence by its SPDX identifier, by an expression of identifiers, or by a name of its own. */
export type LicenseChoice =
  | { readonly license: { readonly id: string } | { readonly name: string } }
  | { readonly expression: string };

/** Which parts a part is made of. */
export type Dependency = { readonly ref: string; readonly dependsOn?: readonly string[] };

/** A CycloneDX document. */
export type Bom = {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: string;
  readonly serialNumber?: string;
  readonly metadata: {
    readonly component: Component;
    readonly timestamp?: string;
    readonly authors?: readonly { readonly name: string }[];
    /** When in the life of the product it was known what is in it. */
    readonly lifecycles?: readonly { readonly phase: "build" }[];
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
};

/** Which licence terms come with a component: one identifier, expression or name for each entry. */
export function licencesOf({ licenses = [] }: Component): readonly string[] {
  return licenses.map((choice) => {
    if ("expression" in choice) {
      return choice.expression;
    }
    return "id" in choice.license ? choice.license.id : choice.license.name;
  });
}
