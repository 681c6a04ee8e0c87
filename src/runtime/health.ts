import type { Clock } from "../kube/clock.ts";

/** What a probe is told. */
export type HealthReport = {
  readonly isHealthy: boolean;
  /** One line a check, for people. */
  readonly text: string;
};

/** Something that has to hear from a server from time to time. */
export type Contact = {
  /** Names the server. */
  readonly name: string;
  /** How old the last contact may be; at least some times the interval at which the server says something. */
  readonly limitMs: number;
  /** When the server was last heard, `undefined` before the first time. */
  readonly lastContactMs: () => number | undefined;
};

/** Something that has to be done before work can be. */
export type Prerequisite = { readonly name: string; readonly isMet: () => boolean };

/**
 * Knows whether the process is alive and ready.
 *
 * Alive: each registered contact is younger than its limit, counted from its registration if there was none yet.
 * Ready: each registered prerequisite is met.
 */
export class Health {
  readonly #clock: Clock;
  readonly #contacts = new Map<Contact, number>();
  readonly #prerequisites = new Set<Prerequisite>();

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** Registers a contact; the returned function removes it again. */
  addContact(contact: Contact): () => void {
    this.#contacts.set(contact, this.#clock.now());
    return () => {
      this.#contacts.delete(contact);
    };
  }

  /** Registers a prerequisite; the returned function removes it again. */
  addPrerequisite(prerequisite: Prerequisite): () => void {
    this.#prerequisites.add(prerequisite);
    return () => {
      this.#prerequisites.delete(prerequisite);
    };
  }

  /** For `/healthz`. */
  live(): HealthReport {
    const nowMs = this.#clock.now();
    const checks = Array.from(this.#contacts, ([contact, registeredAtMs]) => {
      const ageMs = nowMs - (contact.lastContactMs() ?? registeredAtMs);
      const isOk = ageMs <= contact.limitMs;
      return { isOk, text: isOk ? contact.name : `${contact.name}: no contact for ${Math.round(ageMs / 1000)} s` };
    });
    return toReport(checks);
  }

  /** For `/readyz`. */
  ready(): HealthReport {
    const checks = Array.from(this.#prerequisites, ({ name, isMet }) => {
      const isOk = isMet();
      return { isOk, text: isOk ? name : `${name}: not yet` };
    });
    return toReport(checks);
  }
}

function toReport(checks: readonly { readonly isOk: boolean; readonly text: string }[]): HealthReport {
  const lines = checks.map(({ isOk, text }) => `[${isOk ? "+" : "-"}] ${text}\n`);
  return { isHealthy: checks.every(({ isOk }) => isOk), text: lines.length === 0 ? "ok\n" : lines.join("") };
}
