import type { TransportRequest, TransportResponse } from "../../src/kube/transport.ts";
import type { ClusterKind } from "./faults.ts";

/** One request of a provider on its way to a cluster. */
export type Exchange = {
  readonly request: TransportRequest;
  /** Key of the cluster: `platform`, `onboarding`, or the tenant namespace of a control plane. */
  readonly cluster: string;
  readonly kind: ClusterKind;
  /** 1 for the first request of all providers. */
  readonly number: number;
  /** Name of the provider's pod. */
  readonly from: string;
};

/** What a provider is told of its request. */
export type Answer = Promise<TransportResponse>;

/** Lets a request pass, or does something else with it. */
export type Interference = (exchange: Exchange, send: (exchange: Exchange) => Answer) => Answer;

/** Whether a request may change something. */
export function isWrite({ request }: Pick<Exchange, "request">): boolean {
  return request.method !== "GET";
}

/** What a dead process gets to know of the world. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** An answer with a `Status` that the API server did not give. */
export function refusalOf(code: number, headers: Readonly<Record<string, string>> = {}): TransportResponse {
  const reason = REASONS[code] ?? "InternalError";
  const status = { apiVersion: "v1", kind: "Status", status: "Failure", message: "injected", reason, code };
  return { status: code, headers: { "content-type": "application/json", ...headers }, body: chunkOf(status) };
}

/** A body of one JSON document. */
export async function* chunkOf(document: unknown): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

const REASONS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
  504: "Timeout",
};
