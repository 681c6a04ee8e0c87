/** The environment that the image gives the provider, beside the path to its programs. */
export const IMAGE_ENVIRONMENT = {
  // Of each arena malloc keeps what its threads once needed: one for the main thread, and one for all others, will do.
  MALLOC_ARENA_MAX: "2",
} as const;
