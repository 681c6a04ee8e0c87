// 64-bit little-endian ELF, as amd64 and arm64 use it: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
const SECTION_BYTES = 64;
const SEGMENT_BYTES = 56;
const ALLOCATED = 2n;
const [LOAD, DYNAMIC, INTERPRETER] = [1, 2, 3];
const [NEEDED, STRING_TABLE] = [1n, 5n];

type Segment = { readonly type: number; readonly offset: number; readonly address: number; readonly size: number };
type Section = { readonly name: string; readonly header: Buffer; readonly isAllocated: boolean };

/**
 * Leaves out what no running program reads: debug information and the symbols of the linker.
 *
 * Loaded bytes stay where they are, so that nothing needs to be relocated; sections that are loaded keep their headers.
 */
export function strip(elf: Buffer): Buffer {
  const sections = readSections(elf);
  const kept = sections.filter(({ isAllocated }, index) => index === 0 || isAllocated);
  // Sections refer to one another by number: the kept ones must keep theirs.
  if (kept.some((section, index) => sections[index] !== section)) {
    throw new Error("cannot strip: expected every loaded section to come before the others");
  }
  const loadedEnd = Math.max(...readSegments(elf).map(({ offset, size }) => offset + size));
  const names = Buffer.from([...kept.map(({ name }) => name), ".shstrtab"].map((name) => `${name}\0`).join(""));
  const tableOffset = Math.ceil((loadedEnd + names.length) / 8) * 8;
  const padding = Buffer.alloc(tableOffset - loadedEnd - names.length);
  const table = sectionTable(kept, { offset: loadedEnd, size: names.length });
  const stripped = Buffer.concat([elf.subarray(0, loadedEnd), names, padding, table]);
  stripped.writeBigUInt64LE(BigInt(tableOffset), 40);
  stripped.writeUInt16LE(kept.length + 1, 60);
  stripped.writeUInt16LE(kept.length, 62);
  return stripped;
}

/** File names of the shared libraries that the dynamic linker looks for, the linker itself among them. */
export function librariesOf(elf: Buffer): readonly string[] {
  const segments = readSegments(elf);
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  if (dynamic === undefined) {
    return [];
  }
  const entries = Array.from({ length: dynamic.size / 16 }, (_, index) => dynamic.offset + index * 16).map(
    (offset) => [elf.readBigInt64LE(offset), Number(elf.readBigUInt64LE(offset + 8))] as const,
  );
  const strings = offsetOf(segments, entries.find(([tag]) => tag === STRING_TABLE)?.[1] ?? 0);
  const needed = entries.filter(([tag]) => tag === NEEDED).map(([, offset]) => readString(elf, strings + offset));
  const interpreters = segments
    .filter(({ type }) => type === INTERPRETER)
    .map(({ offset }) => readString(elf, offset).replace(/.*\//u, ""));
  return [...new Set([...interpreters, ...needed])];
}

function sectionTable(kept: readonly Section[], names: { readonly offset: number; readonly size: number }): Buffer {
  let nameOffset = 0;
  const headers = kept.map(({ name, header }) => {
    const copy = Buffer.from(header);
    copy.writeUInt32LE(nameOffset, 0);
    nameOffset += name.length + 1;
    return copy;
  });
  const last = Buffer.alloc(SECTION_BYTES);
  last.writeUInt32LE(nameOffset, 0);
  last.writeUInt32LE(3, 4);
  last.writeBigUInt64LE(BigInt(names.offset), 24);
  last.writeBigUInt64LE(BigInt(names.size), 32);
  last.writeBigUInt64LE(1n, 48);
  return Buffer.concat([...headers, last]);
}

function readSections(elf: Buffer): readonly Section[] {
  mustBeElf(elf);
  const table = Number(elf.readBigUInt64LE(40));
  const headers = Array.from({ length: elf.readUInt16LE(60) }, (_, index) =>
    elf.subarray(table + index * SECTION_BYTES, table + (index + 1) * SECTION_BYTES),
  );
  const names = Number(headers[elf.readUInt16LE(62)]?.readBigUInt64LE(24) ?? 0n);
  return headers.map((header) => ({
    name: readString(elf, names + header.readUInt32LE(0)),
    header,
    isAllocated: (header.readBigUInt64LE(8) & ALLOCATED) !== 0n,
  }));
}

function readSegments(elf: Buffer): readonly Segment[] {
  mustBeElf(elf);
  const table = Number(elf.readBigUInt64LE(32));
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => table + index * SEGMENT_BYTES).map((at) => ({
    type: elf.readUInt32LE(at),
    offset: Number(elf.readBigUInt64LE(at + 8)),
    address: Number(elf.readBigUInt64LE(at + 16)),
    size: Number(elf.readBigUInt64LE(at + 32)),
  }));
}

function mustBeElf(elf: Buffer): void {
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) {
    throw new Error("expected a 64-bit little-endian ELF file, found something else");
  }
}

function offsetOf(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    (candidate) =>
      candidate.type === LOAD && address >= candidate.address && address < candidate.address + candidate.size,
  );
  if (segment === undefined) {
    throw new Error(`expected address ${address} to lie in a loaded segment, found none`);
  }
  return address - segment.address + segment.offset;
}

function readString(elf: Buffer, offset: number): string {
  return elf.toString("latin1", offset, elf.indexOf(0, offset));
}
