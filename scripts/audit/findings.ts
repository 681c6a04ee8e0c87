/** A finding of npm's audit: a package, and the advisories that concern it or what it depends on. */
type Vulnerability = {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
};

/** What `npm audit --json` prints: findings, or why the registry gave none. */
export type AuditOutput =
  | { readonly vulnerabilities: Readonly<Record<string, Vulnerability>> }
  | { readonly statusCode?: number; readonly message?: string; readonly error?: { readonly summary?: string } };

/** What an audit means: who has to act, or that nobody knows. */
export type Verdict =
  | { readonly kind: "unanswered"; readonly why: string }
  | { readonly kind: "findings"; readonly complaints: readonly string[] };

// Tools of the development read only what this repository holds.
const MATTERS_IN_TOOLS: readonly string[] = ["high", "critical"];

/** Judges an audit: any finding counts in a package that ships, in all others only a grave one. */
export function judgeAudit(output: AuditOutput, shipped: ReadonlySet<string>): Verdict {
  if (!("vulnerabilities" in output)) {
    return { kind: "unanswered", why: output.message ?? output.error?.summary ?? "no reason given" };
  }
  const complaints = Object.values(output.vulnerabilities)
    .filter(({ name, severity }) => shipped.has(name) || MATTERS_IN_TOOLS.includes(severity))
    .map((finding) => describeFinding(finding, shipped.has(finding.name)));
  return { kind: "findings", complaints };
}

function describeFinding({ name, severity, range, via }: Vulnerability, ships: boolean): string {
  const causes = via.map((cause) => (typeof cause === "string" ? `by ${cause}` : `${cause.title}, ${cause.url}`));
  const where = ships ? "ships" : "is used in development";
  return `${name} ${range} (${where}): ${severity}: ${causes.join("; ")}`;
}
