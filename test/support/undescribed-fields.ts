/** The part of a schema of OpenAPI that describes its fields. */
export type DescribedSchema = {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, DescribedSchema>>;
  readonly items?: DescribedSchema;
};

/** Returns the paths of the fields without a description, at any depth. */
export function undescribedFields(
  path: string,
  { description = "", properties = {}, items }: DescribedSchema,
): readonly string[] {
  return [
    ...(description.trim() === "" ? [path] : []),
    ...Object.entries(properties).flatMap(([name, field]) => undescribedFields(`${path}.${name}`, field)),
    ...(items === undefined ? [] : undescribedFields(`${path}[]`, items)),
  ];
}
