/**
 * Knows whether the process can do what it is there for.
 *
 * It can once its caches are filled. While another replica leads, being on standby is all there is to do: a rollout
 * waits for new replicas to be ready before it ends the old ones, and one of those may lead.
 */
export class Readiness {
  #isOnStandby = false;
  #isSynced = false;

  /** Notes that somebody else may be leading. */
  standBy(): void {
    this.#isOnStandby = true;
  }

  /** Notes that this process leads. */
  leads(): void {
    this.#isOnStandby = false;
  }

  /** Notes that all caches are filled. */
  synced(): void {
    this.#isSynced = true;
  }

  /** Whether the process can do its work, or has none. */
  isMet(): boolean {
    return this.#isSynced || this.#isOnStandby;
  }
}
