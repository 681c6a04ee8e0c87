import type { FieldError } from "./field-error.ts";

/** A schema that cannot be put to work. `errors` have paths that start at `openAPIV3Schema`. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super(errors.map(({ field, message }) => `${field}: ${message}`).join(", "));
    this.errors = errors;
  }
}
