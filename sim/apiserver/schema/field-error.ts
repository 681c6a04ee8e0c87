import { writeJson } from "../../json.ts";
/** Machine-readable cause of one invalid field, as in `status.details.causes[].reason`. */
export type FieldErrorReason =
  | "FieldValueInvalid"
  | "FieldValueTypeInvalid"
  | "FieldValueRequired"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany";

/** One invalid field. The API server's full text is `<field>: <message>`. */
export type FieldError = {
  readonly field: string;
  readonly reason: FieldErrorReason;
  /** Without the field, for example `Required value`. */
  readonly message: string;
};

/** The path that stands for "no path" in the API server's messages. */
export const NO_FIELD = "<nil>";

/** The value has the right type but not the right content. Without `value` the message shows none. */
export function invalid(field: string, detail: string, value?: { readonly value: unknown }): FieldError {
  const shown = value === undefined ? "" : `: ${showValue(value.value)}`;
  return { field, reason: "FieldValueInvalid", message: `Invalid value${shown}: ${detail}` };
}

/** The value is of another JSON type than the schema says. */
export function typeInvalid(field: string, wanted: string, found: string): FieldError {
  const detail = `${field} in body must be of type ${wanted}: "${found}"`;
  return { field: fieldOr(field), reason: "FieldValueTypeInvalid", message: `Invalid value: "${found}": ${detail}` };
}

/** The field is missing. */
export function required(field: string, detail = ""): FieldError {
  return { field, reason: "FieldValueRequired", message: withDetail("Required value", detail) };
}

/** The field may not be set, or not be set so. */
export function forbidden(field: string, detail: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: withDetail("Forbidden", detail) };
}

/** The value is none of an enumeration. */
export function notSupported(field: string, value: unknown, supported: readonly unknown[]): FieldError {
  const names = supported.map((item) => writeJson(typeof item === "string" ? item : writeJson(item)));
  const message = `Unsupported value: ${showValue(value)}: supported values: ${names.join(", ")}`;
  return { field, reason: "FieldValueNotSupported", message };
}

/** The value repeats another one that it must differ from. */
export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${showValue(value)}` };
}

/** The text has more than `maximum` characters. */
export function tooLong(field: string, maximum: number): FieldError {
  const unit = maximum === 1 ? "byte" : "bytes";
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${maximum} ${unit}` };
}

/** The list or map has more than `maximum` entries. */
export function tooMany(field: string, actual: number, maximum: number): FieldError {
  const unit = maximum === 1 ? "item" : "items";
  return { field, reason: "FieldValueTooMany", message: `Too many: ${actual}: must have at most ${maximum} ${unit}` };
}

/** The field's own path, or the text the API server shows for the root. */
export function fieldOr(field: string): string {
  return field === "" ? NO_FIELD : field;
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}

function showValue(value: unknown): string {
  return value === undefined ? "null" : writeJson(value);
}
