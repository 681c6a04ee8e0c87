import { MalformedAnswerError } from "./errors.ts";

/** Reads a whole body as text; one of more than `maxBytes` is an error and is read no further. */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const { text, isComplete } = await readStart(body, maxBytes);
  if (!isComplete) {
    throw new MalformedAnswerError(
      `expected an answer of at most ${maxBytes} bytes, found more: see what the API server, or a proxy before it, sends`,
    );
  }
  return text;
}

/** Reads the first `maxBytes` of a body as text, and says whether that was all. */
export async function readStart(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isComplete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) {
      break;
    }
  }
  const bytes = Buffer.concat(chunks);
  return { text: bytes.subarray(0, maxBytes).toString("utf8"), isComplete: size <= maxBytes };
}
