/** When something is due. */
export type Due = { readonly key: string; readonly dueAt: number };

/** Superseded entries stay until there are this many more than valid ones. */
const SPARE_ENTRIES = 64;

/** What is due when, at most one entry for each key: a binary heap, so that thousands need one timer. */
export class Timetable<T extends Due> {
  readonly #entries = new Map<string, T>();
  /** Each entry is due no later than its children at `2i + 1` and `2i + 2`. Superseded entries are left in. */
  #heap: T[] = [];

  /** The entry of a key. */
  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  /** Sets the entry of a key, in the place of an earlier one. */
  set(entry: T): void {
    this.#entries.set(entry.key, entry);
    this.#push(entry);
    if (this.#heap.length > 2 * this.#entries.size + SPARE_ENTRIES) {
      // A sorted list is a heap.
      this.#heap = [...this.#entries.values()].toSorted((one, other) => one.dueAt - other.dueAt);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#heap = [];
  }

  /** When the first entry is due; undefined when there is none. */
  get firstDueAt(): number | undefined {
    return this.#first()?.dueAt;
  }

  /** Takes out what is due at `now`, the earliest first. */
  takeDue(now: number): readonly T[] {
    const due: T[] = [];
    for (let first = this.#first(); first !== undefined && first.dueAt <= now; first = this.#first()) {
      this.#entries.delete(first.key);
      this.#pop();
      due.push(first);
    }
    return due;
  }

  #first(): T | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#entries.get(first.key) === first) {
        return first;
      }
      this.#pop();
    }
    return undefined;
  }

  #push(entry: T): void {
    let index = this.#heap.length;
    this.#heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || parent.dueAt <= entry.dueAt) {
        return;
      }
      this.#heap[index] = parent;
      this.#heap[parentIndex] = entry;
      index = parentIndex;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) {
      return;
    }
    let index = 0;
    this.#heap[0] = last;
    for (let child = this.#earlierChild(index); child !== undefined; child = this.#earlierChild(index)) {
      if (last.dueAt <= child.entry.dueAt) {
        return;
      }
      this.#heap[index] = child.entry;
      this.#heap[child.index] = last;
      index = child.index;
    }
  }

  #earlierChild(parent: number): { readonly index: number; readonly entry: T } | undefined {
    const [left, right] = [2 * parent + 1, 2 * parent + 2].map((index) => ({ index, entry: this.#heap[index] }));
    const isRight = right?.entry !== undefined && left?.entry !== undefined && right.entry.dueAt < left.entry.dueAt;
    const { index = 0, entry } = (isRight ? right : left) ?? {};
    return entry === undefined ? undefined : { index, entry };
  }
}
