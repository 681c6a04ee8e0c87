import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readDebianPackage } from "./debian-package.ts";

// Made by dpkg-deb of a library, a link to the library, and a program.
const TINY = [
  "ITxhcmNoPgpkZWJpYW4tYmluYXJ5ICAgMCAgICAgICAgICAgMCAgICAgMCAgICAgMTAwNjQ0ICA0ICAgICAgICAgYAoyLjAKY29u",
  "dHJvbC50YXIueHogIDAgICAgICAgICAgIDAgICAgIDAgICAgIDEwMDY0NCAgMjYwICAgICAgIGAK/Td6WFoAAATm1rRGBMDEAYBQ",
  "IQEWAAAAAAAAAFw0T6/gJ/8AvF0AFwu8HH0BlcAdSj55Fb94+k2ePc5M6nMbu0dOjn0Gi9X/vyaEOIV1g0aBLJruq20gUkgZ9hT2",
  "JlPCr3XVukNcpTwaZYej2r9Qr6OaZGps2DtiIU7E+kMO+3I5Da1dCdDBRaS9Uuv4nsS+YHhbswVui7qHJNIlxd1sl27ESWMuSyok",
  "au/qeJNFz+E/FdBzrKsq3ZeIdoZRLpYSvMONN4dCsO1zgDVMZ2q+zVk/NoZxcHWtBHeevPROYHJ+32sASJjn74cee+EAAeABgFAA",
  "AGR+lGmxxGf7AgAAAAAEWVpkYXRhLnRhci54eiAgICAgMCAgICAgICAgICAgMCAgICAgMCAgICAgMTAwNjQ0ICAyODAgICAgICAg",
  "YAr9N3pYWgAABObWtEYEwNUBgFAhARYAAAAAAAAARunyVOAn/wDNXQAXC7wcfQGVwB1KPnkVv3j6TZ49zkzqcxu7R06OfQaL1f+/",
  "JoQ4hXWDRoEsmu6rcCrCNFqww6G5eFe1p8FvfnT0RprKzjbodt/xjqqOa83UR5U5/4Y8mAoO4OmLJ6wbkQClfwhjZgV7Es+Odgbw",
  "isiQZk30En6zqepN1VTN/SQuKpy+W8AqrWgMxqjE7kjcWKz5qXRVMm2X1xNN57Hdjd0Cs4QnLLFeMaFSvMTIrxRwSI2ANg95YWRP",
  "DakLClhcezwC/YpbcpbgKfOMPxcAAAAAAAr9rgUmTWyxAAHxAYBQAABarx6hscRn+wIAAAAABFla",
];

describe("readDebianPackage", () => {
  const deb = Buffer.from(TINY.join(""), "base64");

  it("finds files with their modes, links, and the description of the package", async () => {
    const { entries, control } = await readDebianPackage(deb);

    assert.deepEqual(
      entries.map((entry) => (entry.type === "file" ? { ...entry, content: textOf(entry.content) } : entry)),
      [
        { type: "file", path: "usr/lib/x/libtiny.so.1.0", mode: 0o644, content: "library" },
        { type: "file", path: "usr/lib/x/tool", mode: 0o755, content: "#!tool" },
        { type: "symlink", path: "usr/lib/x/libtiny.so.1", target: "libtiny.so.1.0" },
      ],
    );
    assert.match(control, /^Package: tiny\nVersion: 1\.0\n/u);
  });

  it("finds only what is wanted", async () => {
    const { entries } = await readDebianPackage(deb, (path) => path.endsWith("/tool"));

    assert.deepEqual(
      entries.map(({ path }) => path),
      ["usr/lib/x/tool"],
    );
  });

  it("refuses what is no package, or is compressed otherwise", async () => {
    await assert.rejects(readDebianPackage(Buffer.from("<html></html>")), /expected a Debian package/u);
    const other = Buffer.from(deb.toString("latin1").replaceAll(".tar.xz ", ".tar.zst"), "latin1");
    await assert.rejects(readDebianPackage(other), /expected control\.tar\.xz and data\.tar\.xz/u);
  });
});

function textOf(content: Uint8Array): string {
  return Buffer.from(content).toString();
}
