// Apart from everything else, because every start of the program reads the tables of flags.

/** What tenants can be sorted by. */
export const SORT_KEYS = ["state", "name", "version", "age", "since"] as const;

/** The formats of an answer. */
export const FORMATS = ["table", "wide", "json", "yaml"] as const;
