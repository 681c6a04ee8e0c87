import type { SimResponse } from "./transport.ts";

/** The whole body as text. */
export async function readText({ body }: Pick<SimResponse, "body">): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The lines of the body as they arrive, without the last one if it is not complete. */
export async function* readLines({ body }: Pick<SimResponse, "body">): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
