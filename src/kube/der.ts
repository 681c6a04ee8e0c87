/** Writes one value of ASN.1 by its tag, with DER's only form of its length. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length.toString(16);
  const length =
    content.length < 128
      ? [content.length]
      : [0x80 + Math.ceil(size.length / 2), ...Buffer.from(size.padStart(size.length + (size.length % 2), "0"), "hex")];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

/** Writes a SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** Writes the name of somebody who has a common name only. */
export function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from(commonName)))));
}

/** Wraps bytes as PEM. */
export function pem(label: string, content: Uint8Array): string {
  const lines = Buffer.from(content)
    .toString("base64")
    .replaceAll(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
