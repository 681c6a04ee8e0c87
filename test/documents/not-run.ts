/** A command that a document shows and that its test does not run. */
export type NotRun = {
  /** As `plainCommand` writes it; a trailing `*` stands for anything. */
  readonly command: string;
  /** Why it is not run, or what else proves it. */
  readonly why: string;
};

/** Everything that the documents show and that their tests do not run. */
export const notRun: readonly NotRun[] = [
  { command: "npm ci && npm run sandbox", why: "test/e2e/sandbox.test.ts runs it until Ctrl-C" },
  { command: "npm run sandbox -- --real", why: "test/e2e/sandbox.test.ts runs it where the real servers are built" },
  { command: "npm run sandbox -- --image", why: "test/e2e/sandbox.test.ts runs it until Ctrl-C" },
  { command: "npm run sandbox -- --tenants 3", why: "test/e2e/sandbox.test.ts plays three tenants" },
  { command: "npm run sandbox -- --trouble", why: "test/e2e/sandbox.test.ts brings trouble over six tenants" },
  { command: "npm run sandbox -- --dashboard", why: "test/e2e/sandbox.test.ts asks its page" },
  { command: "npm run sandbox -- --bare", why: "the first block of the README runs it with --image" },
  { command: "promtool check rules *", why: "test/monitoring/alerts.test.ts checks them" },
  { command: "npm run check", why: "`.ci/run` runs it beside this test" },
  { command: "npm test", why: "this test is a part of it" },
  { command: "npm run test:real", why: "this test is a part of it" },
  { command: "npm run build", why: "what the tests have built must not be built anew under them" },
  { command: "npm run image", why: "the tests of the image build it before they begin" },
  { command: "skopeo copy *", why: "needs a registry of one's own" },
  { command: "crane push *", why: "needs a registry of one's own" },
  { command: "cosign verify *", why: "needs a published release" },
  { command: "cosign verify-attestation *", why: "needs a published release" },
  { command: "gh attestation verify *", why: "needs a published release" },
  { command: "mkdir hello && cd hello", why: "test/package/package.test.ts does this in an empty folder" },
  { command: "npm init *", why: "test/package/package.test.ts writes the package.json" },
  { command: "npm pack ../service-provider-ocm", why: "test/package/package.test.ts packs it" },
  { command: "npm install --omit=optional *", why: "test/package/package.test.ts installs it without a registry" },
];

/** Why a command is not run, or `undefined` when it is. */
export function reasonNotToRun(command: string): string | undefined {
  return notRun.find(({ command: listed }) => isListed(listed, command))?.why;
}

/** Whether an entry of the list is about a command. */
export function isListed(listed: string, command: string): boolean {
  return listed.endsWith("*") ? command.startsWith(listed.slice(0, -1)) : command === listed;
}
