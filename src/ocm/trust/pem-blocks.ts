const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s[A-Za-z0-9+/=\s]+-----END \1-----/g;

/**
 * Returns the PEM blocks with these labels, one after the other, and nothing that stands beside them: no other blocks,
 * such as a private key, and no comments. A text that is nothing else stays as it is; `undefined` when there is none.
 */
export function pemBlocks(text: string, labels: readonly string[]): string | undefined {
  const found = [...text.matchAll(BLOCK)].filter(([, label = ""]) => labels.includes(label)).map(([block]) => block);
  if (found.length === 0) {
    return undefined;
  }
  const isAllThereIs = text.replaceAll(/\s/g, "") === found.join("").replaceAll(/\s/g, "");
  return isAllThereIs ? text : found.map((block) => `${block}\n`).join("");
}
