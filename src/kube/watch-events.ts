import { MalformedAnswerError } from "./errors.ts";
import { parseJson } from "./json.ts";
import { splitLines } from "./lines.ts";
import type { KubeObject } from "./object.ts";
import { isRecord } from "./record.ts";
import { isObjectOf, type Resource } from "./resource.ts";
import { isStatus, toApiError } from "./to-api-error.ts";

/** An object came, changed or went. */
export type ObjectEvent<T extends KubeObject> = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
};

/** Everything up to `resourceVersion` has been sent. */
export type BookmarkEvent = { readonly type: "BOOKMARK"; readonly resourceVersion: string };

/** One object, with room for escapes: what a single object may take elsewhere too. */
const MAX_LINE_LENGTH = 10_000_000;

/**
 * Reads watch events from a body; an `ERROR` event is thrown as the typed error.
 *
 * @param request names the watch in messages. No message quotes the stream, which may carry Secrets.
 */
export async function* readWatchEvents<T extends KubeObject>(
  request: string,
  resource: Resource<T>,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ObjectEvent<T> | BookmarkEvent> {
  for await (const line of splitLines(body, MAX_LINE_LENGTH)) {
    if (line.trim() !== "") {
      yield toWatchEvent(request, resource, line);
    }
  }
}

function toWatchEvent<T extends KubeObject>(
  request: string,
  resource: Resource<T>,
  line: string,
): ObjectEvent<T> | BookmarkEvent {
  const { type, object } = parseEvent(line);
  if ((type === "ADDED" || type === "MODIFIED" || type === "DELETED") && isObjectOf(resource, object)) {
    return { type, object };
  }
  if (type === "BOOKMARK" && isRecord(object["metadata"])) {
    return { type, resourceVersion: String(object["metadata"]["resourceVersion"]) };
  }
  if (type === "ERROR") {
    const status = isStatus(object) ? object : {};
    throw toApiError(request, status.code ?? 500, status);
  }
  throw new MalformedAnswerError(`a line of ${line.length} characters is not a watch event`);
}

function parseEvent(line: string): { readonly type?: unknown; readonly object: Readonly<Record<string, unknown>> } {
  try {
    const parsed = parseJson(line);
    return isRecord(parsed) && isRecord(parsed["object"])
      ? { type: parsed["type"], object: parsed["object"] }
      : { object: {} };
  } catch {
    return { object: {} };
  }
}
