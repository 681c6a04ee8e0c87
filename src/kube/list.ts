import { GoneError, MalformedAnswerError } from "./errors.ts";
import { type ApiCall, describe, exchange, type ExchangeOptions } from "./exchange.ts";
import type { KubeObject } from "./object.ts";
import { isRecord } from "./record.ts";
import { collectionPath } from "./resource-path.ts";
import { apiVersionOf, isObjectOf, type Resource } from "./resource.ts";

/** What a list or a watch covers: everything in the whole cluster, or what the given ones leave of it. */
export type Selection = {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

/** A whole collection as it was at `resourceVersion`. */
export type ListResult<T> = { readonly items: readonly T[]; readonly resourceVersion: string };

type Stoppable = { readonly signal: AbortSignal };

type Page<T> = ListResult<T> & { readonly continueToken: string };

const PAGE_SIZE = "500";
/** One page: 500 objects of 200 kB each on average. */
const MAX_PAGE_BYTES = 100_000_000;

/** Reads a whole collection, page by page. */
export async function listCollection<T extends KubeObject>(
  exchangeOptions: ExchangeOptions,
  resource: Resource<T>,
  options: Selection & Stoppable,
): Promise<ListResult<T>> {
  const { maxListBytes } = exchangeOptions;
  let listBytes = 0;
  const readPage = async (position: { readonly limit?: string; readonly continue?: string }): Promise<Page<T>> => {
    const call = { ...listCall(resource, options, position), maxBytes: Math.min(MAX_PAGE_BYTES, maxListBytes) };
    const { value, bytes } = await exchange(exchangeOptions, call);
    listBytes += bytes;
    if (listBytes > maxListBytes) {
      throw new MalformedAnswerError(`${describe(call)}: the list is larger than ${maxListBytes} bytes`);
    }
    return toPage(resource, value, describe(call));
  };
  let page = await readPage({ limit: PAGE_SIZE });
  const items = [...page.items];
  try {
    while (page.continueToken !== "") {
      page = await readPage({ limit: PAGE_SIZE, continue: page.continueToken });
      items.push(...page.items);
    }
  } catch (error) {
    if (!(error instanceof GoneError)) {
      throw error;
    }
    // The server forgot the continue token, and may do so again on a second walk: one unpaged list ends it.
    listBytes = 0;
    const whole = await readPage({});
    return { items: whole.items, resourceVersion: whole.resourceVersion };
  }
  return { items, resourceVersion: page.resourceVersion };
}

function listCall(
  resource: Resource,
  options: Selection & Stoppable,
  position: { readonly limit?: string; readonly continue?: string },
): Omit<ApiCall, "maxBytes"> {
  return {
    method: "GET",
    path: collectionPath(resource, options.namespace),
    query: { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector, ...position },
    repetition: "read",
    signal: options.signal,
  };
}

function toPage<T extends KubeObject>(resource: Resource<T>, answer: unknown, request: string): Page<T> {
  if (!isRecord(answer) || !Array.isArray(answer["items"]) || !isRecord(answer["metadata"])) {
    throw new MalformedAnswerError(`${request}: the answer is not a list`);
  }
  const { resourceVersion, continue: continueToken } = answer["metadata"];
  // Lists of built-in types leave apiVersion and kind out of their items.
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: answer["items"].map((item: unknown) => {
      if (!isObjectOf(resource, item)) {
        throw new MalformedAnswerError(`${request}: the list holds something that is not a ${resource.kind}`);
      }
      return { ...identity, ...item };
    }),
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    continueToken: typeof continueToken === "string" ? continueToken : "",
  };
}
