import { isRecord } from "./record.ts";

/** A kubeconfig that cannot be used. The message names the field and never quotes its value. */
export class KubeconfigError extends Error {
  override readonly name: string = "KubeconfigError";
}

/** The fields of one part of a kubeconfig. Reading one of another type is a `KubeconfigError`; null means absent. */
export class Fields {
  /** Names the part in messages, for example `user "admin"`. */
  readonly owner: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(owner: string, values: Readonly<Record<string, unknown>>) {
    this.owner = owner;
    this.#values = values;
  }

  /** Reads a text; an empty one counts as absent, as it does for kubectl. */
  text(field: string): string | undefined {
    const value = this.#read(field);
    if (value !== undefined && typeof value !== "string") {
      throw this.error(field, "must be a string");
    }
    return value === "" ? undefined : value;
  }

  /** Reads a switch; an absent one is off. */
  isOn(field: string): boolean {
    const value = this.#read(field) ?? false;
    if (typeof value !== "boolean") {
      throw this.error(field, "must be true or false");
    }
    return value;
  }

  /** Reads an object. */
  fields(field: string, owner: string = `${this.owner}: ${field}`): Fields | undefined {
    const value = this.#read(field);
    if (value !== undefined && !isRecord(value)) {
      throw this.error(field, "must be an object");
    }
    return value === undefined ? undefined : new Fields(owner, value);
  }

  /** Reads a list of objects; an absent one is empty. */
  list(field: string): readonly Fields[] {
    return this.#array(field).map((value, index) => {
      const entry = value ?? {};
      if (!isRecord(entry)) {
        throw this.error(`${field}[${index}]`, "must be an object");
      }
      return new Fields(`${field}[${index}]`, entry);
    });
  }

  /** Reads a list of texts; an absent one is empty. */
  texts(field: string): readonly string[] {
    return this.#array(field).map((value) => {
      if (typeof value !== "string") {
        throw this.error(field, "must be a list of strings");
      }
      return value;
    });
  }

  /** Reads a field as it is. */
  value(field: string): unknown {
    return this.#read(field);
  }

  /** Says whether anything but null and the empty text is there. */
  has(field: string): boolean {
    const value = this.#read(field);
    return value !== undefined && value !== "";
  }

  /** Names of the fields that are there. */
  names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** Makes the error that says what is wrong with a field. */
  error(field: string, problem: string): KubeconfigError {
    return new KubeconfigError(`${this.owner}: ${field} ${problem}`);
  }

  #array(field: string): readonly unknown[] {
    const value = this.#read(field) ?? [];
    if (!Array.isArray(value)) {
      throw this.error(field, "must be a list");
    }
    return value;
  }

  #read(field: string): unknown {
    return Object.hasOwn(this.#values, field) ? (this.#values[field] ?? undefined) : undefined;
  }
}
