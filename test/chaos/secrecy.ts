import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { CONFIGS, OCMS } from "./groups.ts";
import type { TenantRef } from "./tenants.ts";

const SPOKEN: ReadonlySet<string> = new Set([...OCMS, ...CONFIGS, "events"]);
const SHORTEST = 8;

/** Remembers every secret value that was ever stored, and what was said in public. */
export class Secrecy {
  readonly #tenants: readonly TenantRef[];
  readonly #secrets = new Set<string>();
  /** By workspace namespace, what was said to a tenant. */
  readonly #said = new Map<string, Set<string>>();

  constructor(tenants: readonly TenantRef[]) {
    this.#tenants = tenants;
  }

  /** Takes in an object that was stored. */
  saw(collection: string, object: Obj): void {
    if (collection === "secrets") {
      Object.values((object["data"] ?? {}) as Readonly<Record<string, string>>).forEach((value) => this.#keep(value));
    } else if (SPOKEN.has(collection)) {
      const { namespace = "" } = object.metadata;
      const said = this.#said.get(namespace) ?? new Set();
      this.#said.set(namespace, said.add(JSON.stringify([object["status"], object["message"]])));
    }
  }

  /** Secrets in what was said, here and in public; and names of tenants in what was said to others. */
  leaks(others: readonly string[]): readonly string[] {
    const spoken = [...this.#said].flatMap(([namespace, said]) => [...said].map((text) => [namespace, text] as const));
    const all = [...others.map((text) => ["log or metrics", text] as const), ...spoken];
    const secrets = [...this.#secrets];
    return [
      ...all
        .filter(([, text]) => secrets.some((secret) => text.includes(secret)))
        .map(([where, text]) => `a secret shows up in ${where}: ${text.slice(0, 300)}`),
      ...spoken.flatMap(([namespace, text]) => this.#namesIn(namespace, text)),
    ];
  }

  #namesIn(namespace: string, text: string): readonly string[] {
    return this.#tenants
      .filter((tenant) => tenant.namespace !== namespace && namespace.startsWith("project-"))
      .filter(
        (tenant) => text.includes(tenant.namespace) || text.includes(tenantNamespace(tenant.name, tenant.namespace)),
      )
      .map((tenant) => `${namespace} learns of ${tenant.namespace}: ${text.slice(0, 300)}`);
  }

  #keep(encoded: string): void {
    const value = Buffer.from(encoded, "base64").toString();
    for (const secret of [encoded, value, ...secretsWithin(value)]) {
      if (secret.length >= SHORTEST && !/^\d+$/.test(secret)) {
        this.#secrets.add(secret);
      }
    }
  }
}

/** Tokens and passwords inside kubeconfigs and logins. */
function secretsWithin(value: string): readonly string[] {
  const token = /token: (\S+)/.exec(value)?.[1] ?? "";
  try {
    const logins = Object.values((JSON.parse(value) as { auths?: object }).auths ?? {});
    return [token, ...logins.flatMap((login) => [textAt(login, "password"), textAt(login, "auth")])];
  } catch {
    return [token];
  }
}
