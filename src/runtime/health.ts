import type { Clock } from "../kube/clock.ts";

/** The answer to a probe. */
export type HealthReport = {
  readonly isHealthy: boolean;
  /** One line for each check, for people. */
  readonly text: string;
};

/** A server that has to be heard from again and again. */
export type Contact = {
  /** Names the server. */
  readonly name: string;
  /** How old the last contact may be; at least a few times the interval at which the server sends something. */
  readonly limitMs: number;
  /** Time of the last contact; `undefined` before the first one. */
  readonly lastContactMs: () => number | undefined;
};

/** A condition that has to hold before the process can work. */
export type Prerequisite = { readonly name: string; readonly isMet: () => boolean };

/** Work that the process does all the time. */
export type Work = {
  readonly name: string;
  /** Why the work is late, without a full stop; `undefined` when it is not. */
  readonly delay: () => string | undefined;
  /** Why this process will never do the work, without a full stop; `undefined` when it will. */
  readonly standstill: () => string | undefined;
};

/**
 * Decides whether the process is alive and ready.
 *
 * Alive: no registered work stands still. Nothing else counts, because the kubelet restarts a process that is not
 * alive, and a new process would neither hear from a silent server nor know as much.
 *
 * Ready: no registered work is late, each registered prerequisite holds, and each registered contact is younger than
 * its limit. Before the first contact, its registration counts.
 */
export class Health {
  readonly #clock: Clock;
  readonly #contacts = new Map<Contact, number>();
  readonly #prerequisites = new Set<Prerequisite>();
  readonly #works = new Set<Work>();

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** Registers a contact; the returned function removes it. */
  addContact(contact: Contact): () => void {
    this.#contacts.set(contact, this.#clock.now());
    return () => void this.#contacts.delete(contact);
  }

  /** Registers a prerequisite; the returned function removes it. */
  addPrerequisite(prerequisite: Prerequisite): () => void {
    this.#prerequisites.add(prerequisite);
    return () => void this.#prerequisites.delete(prerequisite);
  }

  /** Registers work; the returned function removes it. */
  addWork(work: Work): () => void {
    this.#works.add(work);
    return () => void this.#works.delete(work);
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
