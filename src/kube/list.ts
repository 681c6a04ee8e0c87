import { nextTurn } from "./clock.ts";
import { DeadlineError, withDeadline } from "./deadline.ts";
import { GoneError, MalformedAnswerError } from "./errors.ts";
import { type ApiCall, describe, exchange, type ExchangeOptions, toExchangeError } from "./exchange.ts";
import { isRecord } from "./json.ts";
import type { KubeObject } from "./object.ts";
import { apiVersionOf, collectionPath, isObjectOf, type Resource, withoutContent } from "./resource.ts";

/** Which objects a list or a watch covers: without any of these, all objects of the resource in the cluster. */
export type Selection = {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** A whole collection as it was at `resourceVersion`. */
export type ListResult<T> = { readonly items: readonly T[]; readonly resourceVersion: string };

type Page<T> = ListResult<T> & {
  readonly continueToken: string;
  readonly bytes: number;
  /** How many objects the pages after this one have, at least. */
  readonly remaining: number;
};
type ReadPage<T> = (position: { readonly limit?: string; readonly continue?: string }) => Promise<Page<T>>;

const PAGE_SIZE = "500";
/** Enough for a page of 500 objects of 200 kB each. */
const MAX_PAGE_BYTES = 100_000_000;
/** Every page counts as at least this large, so that `maxListBytes` also ends a list of endless empty pages. */
const SMALLEST_PAGE_BYTES = 50_000;
/** A list that takes longer than the timeout of this many requests never ends. */
const LONGEST_IN_REQUESTS = 10;

/** Reads a whole collection; see `KubeClient.list`. */
export async function listCollection<T extends KubeObject>(
  exchangeOptions: ExchangeOptions,
  resource: Resource<T>,
  options: Selection & { readonly signal: AbortSignal; readonly keep?: (object: T) => T },
): Promise<ListResult<T>> {
  const { clock, requestTimeoutMs, maxListBytes } = exchangeOptions;
  const call = callOf(resource, options);
  const limits = { clock, timeoutMs: LONGEST_IN_REQUESTS * requestTimeoutMs, signal: options.signal };
  try {
    return await withDeadline(limits, (signal) => {
      const readPage = pageReader(exchangeOptions, resource, { ...options, signal });
      return readAllPages({ readPage, keep: options.keep, request: describe(call), maxBytes: maxListBytes });
    });
  } catch (error) {
    throw error instanceof DeadlineError ? toExchangeError(call, error) : error;
  }
}

/** Reads a collection page by page; see `KubeClient.pages`. */
export async function* pagesOfCollection<T extends KubeObject>(
  exchangeOptions: ExchangeOptions,
  resource: Resource<T>,
  options: Selection & { readonly signal: AbortSignal },
): AsyncGenerator<ListResult<T>> {
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const readPage = pageReader(exchangeOptions, resource, { ...options, signal });
  try {
    let next: Promise<Page<T>> | undefined = readPage({ limit: PAGE_SIZE });
    while (next !== undefined) {
      const page: Page<T> = await next;
      // The server makes the next page while the reader deals with this one.
      next = page.continueToken === "" ? undefined : readPage({ limit: PAGE_SIZE, continue: page.continueToken });
      next?.catch(() => undefined);
      yield page;
    }
  } finally {
    left.abort();
  }
}

function callOf(resource: Resource, { namespace }: Selection): Pick<ApiCall, "method" | "path" | "repetition"> {
  return { method: "GET", path: collectionPath(resource, namespace), repetition: "read" };
}

function pageReader<T extends KubeObject>(
  exchangeOptions: ExchangeOptions,
  resource: Resource<T>,
  { signal, ...selection }: Selection & { readonly signal: AbortSignal },
): ReadPage<T> {
  const call = callOf(resource, selection);
  const { labelSelector, fieldSelector } = selection;
  const maxBytes = Math.min(MAX_PAGE_BYTES, exchangeOptions.maxListBytes);
  return async (position) => {
    const query = { labelSelector, fieldSelector, ...position };
    const { value, bytes } = await exchange(exchangeOptions, { ...call, query, maxBytes, signal });
    return { ...toPage({ resource, answer: value, request: describe(call) }), bytes };
  };
}

/** How all pages of a collection are read. */
type Reading<T> = {
  readonly readPage: ReadPage<T>;
  readonly keep: ((object: T) => T) | undefined;
  readonly request: string;
  readonly maxBytes: number;
};

async function readAllPages<T>(reading: Reading<T>): Promise<ListResult<T>> {
  const { readPage, keep } = reading;
  const first = await readPage({ limit: PAGE_SIZE });
  try {
    return await followPages(first, reading);
  } catch (error) {
    if (!(error instanceof GoneError)) {
      throw error;
    }
    // The server forgot the continue token, and could forget the next one too: list everything in one page.
    const { items, resourceVersion } = await readPage({});
    return { items: kept(items, keep), resourceVersion };
  }
}

/** Takes in one page after the other, up to `maxBytes` for all pages. The server makes the next one meanwhile. */
async function followPages<T>(
  first: Page<T>,
  { readPage, keep, request, maxBytes }: Reading<T>,
): Promise<ListResult<T>> {
  const pages: (readonly T[])[] = [];
  let page = first;
  let { bytes } = first;
  while (page.continueToken !== "") {
    const next = readPage({ limit: PAGE_SIZE, continue: page.continueToken });
    // Whoever takes in this page may fail before the next one is awaited.
    next.catch(() => undefined);
    // Node sends what it is given at the end of a turn of the event loop.
    await nextTurn();
    pages.push(kept(page.items, keep));
    page = await next;
    bytes += Math.max(page.bytes, SMALLEST_PAGE_BYTES);
    if (bytes > maxBytes) {
      throw new MalformedAnswerError(
        `${request}: expected a list of at most ${maxBytes} bytes in all its pages, found more: ` +
          "see what the API server, or a proxy before it, sends",
      );
    }
  }
  pages.push(kept(page.items, keep));
  return { items: pages.flat(), resourceVersion: page.resourceVersion };
}

function kept<T>(items: readonly T[], keep: ((object: T) => T) | undefined): readonly T[] {
  return keep === undefined ? items : items.map(keep);
}

/** The beginning of a collection as it was at `resourceVersion`. */
export type MetadataList = {
  /** The first objects, without their content. */
  readonly items: readonly KubeObject[];
  /** How many more objects there are; where the server does not say how many, 1 stands for any number. */
  readonly remaining: number;
  readonly resourceVersion: string;
};

const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** Reads the beginning of a collection; see `KubeClient.listMetadata`. */
export async function listMetadata(
  exchangeOptions: ExchangeOptions,
  resource: Resource,
  { limit, signal, ...selection }: Selection & { readonly limit: number; readonly signal: AbortSignal },
): Promise<MetadataList> {
  const call = { ...callOf(resource, selection), accept: METADATA_LIST };
  const maxBytes = Math.min(MAX_PAGE_BYTES, exchangeOptions.maxListBytes);
  const { labelSelector, fieldSelector } = selection;
  const query = { labelSelector, fieldSelector, limit: String(limit) };
  const { value } = await exchange(exchangeOptions, { ...call, query, maxBytes, signal });
  const { items, remaining, resourceVersion } = toPage({
    resource,
    answer: value,
    request: describe(call),
    read: withoutContent,
  });
  // A server may send more than it was asked for.
  return { items: items.slice(0, limit), remaining: items.slice(limit).length + remaining, resourceVersion };
}

/** How a page is read out of an answer. */
type PageReading<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly answer: unknown;
  readonly request: string;
  readonly read?: (resource: Resource, item: unknown) => unknown;
};

function toPage<T extends KubeObject>(reading: PageReading<T>): Omit<Page<T>, "bytes"> {
  const { resource, answer, request, read = (_resource, item) => item } = reading;
  const items = isRecord(answer) ? (answer["items"] ?? noItems(answer)) : undefined;
  if (!isRecord(answer) || !Array.isArray(items) || !isRecord(answer["metadata"])) {
    throw new MalformedAnswerError(`${request}: the answer is not a list`);
  }
  const { resourceVersion, continue: continueToken, remainingItemCount } = answer["metadata"];
  // The items in lists of built-in types have neither apiVersion nor kind.
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: items.map((item: unknown) => {
      const object = read(resource, item);
      if (!isObjectOf(resource, object)) {
        throw new MalformedAnswerError(`${request}: the list holds something that is not a ${resource.kind}`);
      }
      return { ...identity, ...object };
    }),
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    continueToken: typeof continueToken === "string" ? continueToken : "",
    remaining: remainingOf(remainingItemCount, continueToken),
  };
}

function remainingOf(count: unknown, continueToken: unknown): number {
  const least = typeof continueToken === "string" && continueToken !== "" ? 1 : 0;
  return Math.max(least, typeof count === "number" && Number.isSafeInteger(count) ? count : 0);
}

// Go writes an empty list as null, or leaves the field out. An object without items must not pass for an empty list.
function noItems({ kind }: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  return typeof kind === "string" && kind.endsWith("List") ? [] : undefined;
}
