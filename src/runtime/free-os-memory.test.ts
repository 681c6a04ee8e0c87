import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

import { unwrittenFileRanges } from "./free-os-memory.ts";

function mapping(head: string, anonymousKb: number, swappedKb: number = 0): string {
  return `${head}
Size:               1234 kB
Rss:                 900 kB
Private_Dirty:       ${anonymousKb} kB
Anonymous:           ${anonymousKb} kB
KSM:                   0 kB
Swap:                  ${swappedKb} kB
SwapPss:               0 kB
VmFlags: rd ex mr mw me sd
`;
}

describe("ranges of files that are as the files are", () => {
  it("are those of code and of constants that nobody has written", () => {
    const maps = [
      mapping("00400000-0082e000 r--p 00000000 08:01 1234      /usr/bin/node", 0),
      mapping("0082e000-03489000 r-xp 0042e000 08:01 1234      /usr/bin/a file with spaces", 0),
      mapping("7ffe00000000-7ffe00021000 r-xp 00000000 08:01 9   /usr/lib/libc.so.6", 0),
    ];

    assert.deepEqual(unwrittenFileRanges(maps.join("")), [
      { start: 0x400000n, end: 0x82e000n },
      { start: 0x82e000n, end: 0x3489000n },
      { start: 0x7ffe00000000n, end: 0x7ffe00021000n },
    ]);
  });

  for (const [what, head, anonymousKb] of [
    ["written before it became constant", "072a7000-072dc000 r--p 06ea7000 08:01 1234    /usr/bin/node", 8],
    ["may be written", "072dc000-07308000 rw-p 06edc000 08:01 1234    /usr/bin/node", 0],
    ["no file", "08000000-09000000 r--p 00000000 00:00 0 ", 0],
    ["the kernel's", "7fff0000-7fff2000 r-xp 00000000 00:00 0    [vdso]", 0],
    ["shared with others", "7fee0000-7fee2000 r--s 00000000 08:01 5    /dev/shm/x", 0],
  ] as const) {
    it(`are not what is ${what}`, () => {
      const after = mapping("0082e000-03489000 r-xp 0042e000 08:01 1234    /usr/bin/node", 0);

      assert.deepEqual(unwrittenFileRanges(mapping(head, anonymousKb) + after), [
        { start: 0x82e000n, end: 0x3489000n },
      ]);
    });
  }

  it("are not what was written and lies in the swap space", () => {
    const head = "072a7000-072dc000 r--p 06ea7000 08:01 1234    /usr/bin/node";

    assert.deepEqual(unwrittenFileRanges(mapping(head, 0, 4)), []);
  });

  it("are none where the kernel says nothing about memory", () => {
    assert.deepEqual(unwrittenFileRanges(""), []);
  });
});

describe("freeOSMemory and unmapFiles", () => {
  // In a process of its own: the tests beside this one hold memory as well.
  const program = `
    const { freeOSMemory, unmapFiles } = await import(${JSON.stringify(new URL("free-os-memory.ts", import.meta.url).href)});
    let garbage = [];
    for (let index = 0; index < 1_000_000; index++) {
      garbage.push({ index });
    }
    const kept = garbage.slice(0, 1000);
    garbage = [];
    const before = process.memoryUsage();
    freeOSMemory(process);
    unmapFiles(process);
    const after = process.memoryUsage();
    console.log(JSON.stringify({ before, after, kept: kept.length, gc: typeof globalThis.gc }));`;

  it("return garbage, and what nobody has written, without a word", { skip: process.platform !== "linux" }, () => {
    const args = ["--input-type=module", "--eval", program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });

    const { before, after, kept, gc } = JSON.parse(stdout) as {
      readonly before: NodeJS.MemoryUsage;
      readonly after: NodeJS.MemoryUsage;
      readonly kept: number;
      readonly gc: string;
    };
    assert.ok(before.heapUsed - after.heapUsed > 10e6, `${before.heapUsed} ${after.heapUsed}`);
    assert.ok(before.rss - after.rss > before.heapTotal - after.heapTotal + 10e6, `${before.rss} ${after.rss}`);
    assert.deepEqual({ kept, gc, stderr }, { kept: 1000, gc: "undefined", stderr: "" });
  });
});
