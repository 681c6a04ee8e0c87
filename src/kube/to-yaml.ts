import { defineScalarTag, dump, DUMP_SCHEMA, intCoreTag } from "js-yaml";

const WRITTEN = DUMP_SCHEMA.withTags(
  defineScalarTag("tag:yaml.org,2002:int", {
    ...intCoreTag,
    identify: (value) => typeof value === "bigint" || intCoreTag.identify(value),
    represent: String,
  }),
);

/** Writes a value as one YAML document that YAML 1.1 and 1.2 read alike, with every digit of its integers. */
export function toYaml(value: unknown): string {
  return dump(value, { schema: WRITTEN, noRefs: true, lineWidth: -1 });
}
