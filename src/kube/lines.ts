/**
 * Splits a stream of UTF-8 bytes into lines, without their line feeds, however the bytes are cut into chunks.
 *
 * What follows the last line feed is a line too unless it is empty. Throws on bytes that are not UTF-8 and on a line
 * of more than `maxLength` characters.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxLength: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pending: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    pending.push(first);
    length += first.length;
    for (const start of rest) {
      yield pending.join("");
      pending = [start];
      length = start.length;
    }
    if (length > maxLength) {
      throw new Error(`a line is longer than ${maxLength} characters`);
    }
  }
  pending.push(decoder.decode());
  const last = pending.join("");
  if (last !== "") {
    yield last;
  }
}
