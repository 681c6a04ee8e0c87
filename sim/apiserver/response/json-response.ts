import { writeJson } from "../../json.ts";
import type { SimResponse } from "../../transport.ts";
import type { ApiError } from "../api/api-error.ts";

const encoder = new TextEncoder();

/** A JSON answer. Each warning becomes a `Warning` header's value. */
export function jsonResponse(status: number, body: unknown, warnings: readonly string[] = []): SimResponse {
  return jsonTextResponse(status, writeJson(body), warnings);
}

/** A JSON answer that is written already. */
export function jsonTextResponse(status: number, json: string, warnings: readonly string[] = []): SimResponse {
  const headers = { "content-type": "application/json", ...warningHeader(warnings) };
  return { status, headers, body: chunks(json) };
}

/** The answer to a refused request. */
export function errorResponse(error: ApiError): SimResponse {
  const response = jsonResponse(error.code, error.status);
  const retryAfter = error.code === 429 || error.code === 504 ? { "retry-after": "1" } : {};
  return { ...response, headers: { ...response.headers, ...retryAfter } };
}

/** A plain text answer. */
export function textResponse(status: number, text: string): SimResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: chunks(text) };
}

/** An endless answer: one JSON document a line. */
export function streamResponse(documents: AsyncIterable<string>): SimResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: lines(documents) };
}

async function* chunks(text: string): AsyncGenerator<Uint8Array, void> {
  await Promise.resolve();
  yield encoder.encode(text);
}

async function* lines(documents: AsyncIterable<string>): AsyncGenerator<Uint8Array, void> {
  for await (const document of documents) {
    yield encoder.encode(`${document}\n`);
  }
}

function warningHeader(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) {
    return {};
  }
  return { warning: warnings.map((text) => `299 - ${writeJson(text)}`).join(", ") };
}
