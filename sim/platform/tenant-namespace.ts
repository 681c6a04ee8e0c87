import { createHash } from "node:crypto";

const UUID_BYTES = 16;

/** Namespace of a control plane on the platform cluster: `mcp--` and a UUID made of its namespace and name. */
export function tenantNamespace(mcp: { readonly name: string; readonly namespace: string }): string {
  const bytes = createHash("shake128", { outputLength: UUID_BYTES }).update(`${mcp.namespace}/${mcp.name}`).digest();
  // Version 8 ("custom") and the variant of RFC 9562.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `mcp--${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`;
}
