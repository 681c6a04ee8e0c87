import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";

import { librariesOf, strip } from "./elf.ts";

const SECTION_BYTES = 64;

describe(
  "a program in ELF",
  { skip: process.platform === "linux" ? false : "Node is a program in ELF on Linux only" },
  () => {
    let node: Buffer;
    let stripped: Buffer;
    before(() => {
      node = readFileSync(process.execPath);
      stripped = strip(node);
    });

    it("keeps every byte that is loaded, except for where its sections are listed", () => {
      const end = loadedEnd(node);
      const [original, copy] = [node, stripped].map((elf) => Buffer.from(elf.subarray(0, end)));
      for (const header of [original, copy]) {
        header?.fill(0, 40, 48).fill(0, 60, 64);
      }
      assert.ok(original?.equals(copy ?? assert.fail()));
    });

    it("loses the sections that are not loaded", () => {
      const names = sectionNames(stripped);
      assert.ok(sectionNames(node).includes(".symtab"), "Node is shipped with symbols");
      assert.deepEqual(
        names.filter((name) => /^\.(?:symtab|strtab|debug|comment)/u.test(name)),
        [],
      );
      assert.deepEqual(
        [".text", ".rodata", ".dynsym", ".shstrtab"].filter((name) => !names.includes(name)),
        [],
      );
      assert.ok(stripped.length < node.length);
    });

    it("cannot be stripped twice to something else", () => {
      assert.ok(strip(stripped).equals(stripped));
    });

    it("names the libraries that it loads, and the dynamic linker", () => {
      const libraries = librariesOf(stripped);
      assert.match(libraries[0] ?? "", /^ld-linux-.*\.so/u);
      assert.ok(libraries.includes("libc.so.6"));
      assert.deepEqual(libraries, librariesOf(node));
    });
  },
);

describe("something else than a program in ELF", () => {
  it("is refused", () => {
    assert.throws(() => strip(Buffer.from("#!/bin/sh\n".padEnd(64))), /expected a 64-bit little-endian ELF file/u);
    assert.throws(() => librariesOf(Buffer.alloc(64)), /expected a 64-bit little-endian ELF file/u);
  });
});

function sectionNames(elf: Buffer): readonly string[] {
  const table = Number(elf.readBigUInt64LE(40));
  const headers = Array.from({ length: elf.readUInt16LE(60) }, (_, index) => table + index * SECTION_BYTES);
  const names = Number(elf.readBigUInt64LE((headers[elf.readUInt16LE(62)] ?? 0) + 24));
  return headers.map((header) => {
    const start = names + elf.readUInt32LE(header);
    return elf.toString("latin1", start, elf.indexOf(0, start));
  });
}

function loadedEnd(elf: Buffer): number {
  const table = Number(elf.readBigUInt64LE(32));
  const segments = Array.from({ length: elf.readUInt16LE(56) }, (_, index) => table + index * 56);
  return Math.max(...segments.map((at) => Number(elf.readBigUInt64LE(at + 8) + elf.readBigUInt64LE(at + 32))));
}
