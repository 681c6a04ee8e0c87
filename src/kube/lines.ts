import { MalformedAnswerError } from "./errors.ts";

/**
 * Splits a stream of UTF-8 bytes into lines, without their line feeds, however the bytes are cut into chunks.
 *
 * What follows the last line feed is a line too unless it is empty. Bytes that are not UTF-8, and a line of more than
 * `maxLength` characters, are a `MalformedAnswerError`.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxLength: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pending: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decode(decoder, chunk).split("\n");
    pending.push(first);
    length += first.length;
    for (const start of rest) {
      yield pending.join("");
      pending = [start];
      length = start.length;
    }
    if (length > maxLength) {
      throw new MalformedAnswerError(`a line is longer than ${maxLength} characters`);
    }
  }
  pending.push(decode(decoder));
  const last = pending.join("");
  if (last !== "") {
    yield last;
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new MalformedAnswerError("the stream is not UTF-8");
  }
}
