/** Yields numbers in [0, 1), as `Math.random` does. */
export type Random = () => number;

// No vowels and no digits that look like letters: generated names never spell anything.
const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const HEX = "0123456789abcdef";

/** `length` characters of the alphabet that generated names end in. */
export function randomSuffix(random: Random, length = 5): string {
  return pick(random, NAME_ALPHABET, length);
}

/** A version 4 UUID. */
export function randomUid(random: Random): string {
  const digits = pick(random, HEX, 30);
  const variant = pick(random, "89ab", 1);
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(12, 15)}`,
    `${variant}${digits.slice(15, 18)}`,
  ];
  return [...groups, digits.slice(18)].join("-");
}

function pick(random: Random, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join("");
}
