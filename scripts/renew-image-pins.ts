import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEBIAN_PINS } from "./image/debian-pins.ts";
import type { DebianPin } from "./image/downloads.ts";
import { platforms } from "./image/platforms.ts";

const IMAGE_PACKAGES = ["base-files", "gcc-14-base", "libatomic1", "libc6", "libgcc-s1", "libstdc++6"];
const EMULATOR_PACKAGES = ["qemu-user"];
const SUITES = [
  { uri: "http://deb.debian.org/debian", suites: "trixie trixie-updates" },
  { uri: "http://deb.debian.org/debian-security", suites: "trixie-security" },
];
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

// apt verifies the signatures of the archive; a folder of its own keeps it away from the packages of this machine.
const folder = mkdtempSync(join(tmpdir(), "apt-"));
try {
  const apt = prepareApt();
  apt(["update"]);
  const [image, emulator] = [IMAGE_PACKAGES, EMULATOR_PACKAGES].map((names) =>
    platforms.flatMap(({ architecture }) => findPins(apt, names, architecture)),
  );
  const snapshot = new Date().toISOString().replace(/[-:]|\.\d+/gu, "");
  writeFileSync(DEBIAN_PINS, `${JSON.stringify({ snapshot, image, emulator }, null, 2)}\n`);
  console.log(`${DEBIAN_PINS}: see what has changed with git diff`);
} finally {
  rmSync(folder, { recursive: true });
}

type Apt = (args: readonly string[]) => string;

function prepareApt(): Apt {
  for (const name of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const sources = SUITES.map(
    ({ uri, suites }) => `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  writeFileSync(join(folder, "debian.sources"), sources.join("\n"));
  const settings = {
    "APT::Architecture": "amd64",
    "Dir::Etc::SourceList": join(folder, "debian.sources"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": join(folder, "cache"),
  };
  const options = [
    ...Object.entries(settings),
    ...platforms.map(({ architecture }) => ["APT::Architectures::", architecture]),
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return (args) => execFileSync("apt-get", [...options, ...args], { encoding: "utf8" });
}

function findPins(apt: Apt, names: readonly string[], architecture: string): readonly DebianPin[] {
  const lines = apt(["download", "--print-uris", ...names.map((name) => `${name}:${architecture}`)])
    .trim()
    .split("\n");
  const pins = lines.map((line) => parsePin(line, architecture));
  const missing = names.filter((name) => !pins.some((pin) => pin.name === name));
  if (missing.length > 0) {
    throw new Error(`expected apt to find ${missing.join(", ")} for ${architecture}, found none`);
  }
  return pins;
}

function parsePin(line: string, architecture: string): DebianPin {
  const match = /^'\S*?\/(debian(?:-security)?)\/(pool\/\S+)' ([^\s_]+)_([^\s_]+)_\S+ \d+ SHA256:(\w+)/u.exec(line);
  const [, archive, path, name, version, sha256] = match ?? [];
  if (!archive || !path || !name || !version || !sha256) {
    throw new Error(`expected apt to print the address and the hash of a package, found ${line}`);
  }
  return { name, version: decodeURIComponent(version), architecture, archive, path, sha256 };
}
