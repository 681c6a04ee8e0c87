const MAX_LENGTH = 700;

/**
 * Makes a message of another system fit for a tenant's status: one line, bounded, without credentials.
 *
 * Flux and registries quote URLs and headers; whatever looks like a secret in them is masked.
 */
export function plainMessage(text: string): string {
  const masked = text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/:\/\/[^/@\s]*@/g, "://***@")
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 ***")
    .replace(/\b(password|passwd|token|secret|auth)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi, "$1$2***");
  return masked.length <= MAX_LENGTH ? masked : `${masked.slice(0, MAX_LENGTH - 1)}…`;
}
