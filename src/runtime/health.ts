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

/** Work that goes on all the time. */
export type Work = {
  readonly name: string;
  /** What is not being done though it should be; a sentence without end. */
  readonly delay: () => string | undefined;
  /** What will never be done by this process; a sentence without end. */
  readonly standstill: () => string | undefined;
};

/**
 * Knows whether the process is alive and ready.
 *
 * Alive: no registered work stands still. Only what a new process would do better belongs there: one that begins anew
 * knows less, and of a server that is silent it hears as little.
 * Ready: no registered work is late, each registered prerequisite is met, and each registered contact is younger than
 * its limit, counted from its registration if there was none yet.
 */
export class Health {
  readonly #clock: Clock;
  readonly #contacts = new Map<Contact, number>();
  readonly #prerequisites = new Set<Prerequisite>();
  readonly #works = new Set<Work>();

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

  /** Registers work; the returned function removes it again. */
  addWork(work: Work): () => void {
    this.#works.add(work);
    return () => {
      this.#works.delete(work);
    };
  }

  /** For `/healthz`. */
  live(): HealthReport {
    return toReport(Array.from(this.#works, ({ name, standstill }) => toCheck(name, standstill())));
  }

  /** For `/readyz`. */
  ready(): HealthReport {
    const nowMs = this.#clock.now();
    return toReport([
      ...Array.from(this.#prerequisites, ({ name, isMet }) => toCheck(name, isMet() ? undefined : "not yet")),
      ...Array.from(this.#contacts, ([{ name, limitMs, lastContactMs }, registeredAtMs]) => {
        const ageMs = nowMs - (lastContactMs() ?? registeredAtMs);
        return toCheck(name, ageMs <= limitMs ? undefined : `no contact for ${Math.round(ageMs / 1000)} s`);
      }),
      ...Array.from(this.#works, ({ name, delay }) => toCheck(name, delay())),
    ]);
  }
}

type Check = { readonly isOk: boolean; readonly text: string };

function toCheck(name: string, problem: string | undefined): Check {
  return problem === undefined ? { isOk: true, text: name } : { isOk: false, text: `${name}: ${problem}` };
}

function toReport(checks: readonly Check[]): HealthReport {
  const lines = checks.map(({ isOk, text }) => `[${isOk ? "+" : "-"}] ${text}\n`);
  return { isHealthy: checks.every(({ isOk }) => isOk), text: lines.length === 0 ? "ok\n" : lines.join("") };
}
