/**
 * Takes a value that has crossed a border (parsed JSON, an untyped library) for what the other side promises.
 *
 * The only place for such promises, so that they can be found.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the promise
export function trusted<T>(value: unknown): T {
  return value as T;
}
