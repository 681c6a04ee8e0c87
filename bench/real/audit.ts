import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";

import { type PerServer, SERVERS, type StageReady } from "./servers.ts";
import type { TenantPlace } from "./tenants.ts";

/** A write as a tenant was ordered or removed with it. */
export type RecordedWrite = {
  readonly server: "platform" | "onboarding";
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
};

/** What the provider asked about tenants in some time. Watches are not counted. */
export type AuditedTraffic = {
  readonly requests: number;
  readonly events: number;
  /** By verb and resource. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Whatever it asked, also about no tenant. */
  readonly all: number;
  /** Writes about the first tenant, in order. */
  readonly sample: readonly RecordedWrite[];
};

type Found = {
  readonly kind: string;
  readonly at: string;
  readonly isOfTenant: boolean;
  readonly write: RecordedWrite | undefined;
};
type Mark = Readonly<Record<string, number>>;
type AuditEvent = {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly requestObject?: unknown;
};

const METHODS: Readonly<Record<string, RecordedWrite["method"]>> = {
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
};

/** Reads the audit logs of the API servers piece by piece. */
export class Audit {
  readonly #logs: StageReady["auditLogs"];
  readonly #sample: TenantPlace;
  #mark: Mark = {};

  constructor({ auditLogs }: Pick<StageReady, "auditLogs">, sample: TenantPlace) {
    this.#logs = auditLogs;
    this.#sample = sample;
  }

  /** Begins anew: what was logged before does not count. */
  async begin(): Promise<void> {
    this.#mark = Object.fromEntries(
      await Promise.all(Object.entries(this.#logs).map(async ([name, path]) => [name, (await stat(path)).size])),
    ) as Mark;
  }

  /** What was logged since the beginning. */
  async read(): Promise<AuditedTraffic> {
    const found: Found[] = [];
    for (const server of SERVERS) {
      const input = createReadStream(this.#logs[server], { start: this.#mark[server] ?? 0 });
      for await (const line of createInterface({ input, crlfDelay: Infinity })) {
        const event = providerEvent(line);
        if (event !== undefined) {
          found.push(this.#look(server, event));
        }
      }
    }
    const ofTenants = found.filter(({ isOfTenant }) => isOfTenant);
    const samples = found.filter(({ write }) => write !== undefined);
    return {
      all: found.length,
      requests: ofTenants.length,
      events: ofTenants.filter(({ kind }) => kind.endsWith(" events")).length,
      kinds: countByKind(ofTenants),
      sample: samples
        .toSorted((one, other) => (one.at < other.at ? -1 : 1))
        .flatMap(({ write }) => (write === undefined ? [] : [write])),
    };
  }

  // Ten thousand tenants are a hundred thousand requests: only what is asked for is kept of each.
  #look(server: keyof PerServer<unknown>, event: AuditEvent): Found {
    const { resource = "other", subresource } = event.objectRef ?? {};
    return {
      kind: `${event.verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}`,
      at: event.requestReceivedTimestamp,
      isOfTenant: server === "mcp" || isAboutTenant(event),
      write: server !== "mcp" && this.#isOfSample(event) ? recorded(server, event) : undefined,
    };
  }

  #isOfSample({ verb, requestURI, responseStatus }: AuditEvent): boolean {
    const { namespace, workspace } = this.#sample;
    const isOfTenant = requestURI.includes(`/${namespace}`) || requestURI.includes(`/${workspace}/`);
    return isOfTenant && METHODS[verb] !== undefined && (responseStatus?.code ?? 0) < 300;
  }
}

function countByKind(found: readonly Found[]): Readonly<Record<string, number>> {
  const kinds: Record<string, number> = {};
  for (const { kind } of found) {
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

function providerEvent(line: string): AuditEvent | undefined {
  // The last line may still be being written.
  if (!line.includes('"userAgent":"service-provider-ocm/') || !line.endsWith("}")) {
    return undefined;
  }
  const event = JSON.parse(line) as AuditEvent;
  return event.verb !== "watch" && event.stage === "ResponseComplete" ? event : undefined;
}

function isAboutTenant({ requestURI }: AuditEvent): boolean {
  return requestURI.includes("/namespaces/mcp--") || requestURI.includes("/namespaces/project-bench");
}

function recorded(server: RecordedWrite["server"], { verb, requestURI, requestObject }: AuditEvent): RecordedWrite {
  const method = METHODS[verb] ?? "POST";
  const body = requestObject === undefined ? undefined : unguarded(requestObject);
  return {
    server,
    method,
    path: requestURI,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(method === "PATCH" && { contentType: patchType(requestURI, body) }),
  };
}

function patchType(uri: string, body: unknown): string {
  if (Array.isArray(body)) {
    return "application/json-patch+json";
  }
  const isApply = typeof body === "object" && body !== null && "apiVersion" in body && uri.includes("fieldManager=");
  return isApply ? "application/apply-patch+yaml" : "application/merge-patch+json";
}

// Whoever repeats a write does so on another object.
function unguarded(body: unknown): unknown {
  if (Array.isArray(body)) {
    const guards = ["/metadata/resourceVersion", "/metadata/uid"];
    return body.filter((operation: { readonly path: string }) => !guards.includes(operation.path));
  }
  const { preconditions: _, metadata, ...rest } = body as { preconditions?: unknown; metadata?: object };
  if (metadata === undefined) {
    return rest;
  }
  const { resourceVersion: _version, uid: _uid, ...kept } = metadata as { resourceVersion?: string; uid?: string };
  return { ...rest, metadata: kept };
}
