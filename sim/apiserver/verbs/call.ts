import type { SimClock } from "../../clock.ts";
import type { User } from "../auth/tokens.ts";
import type { Random } from "../api/random-text.ts";
import type { Registry } from "../registry/registry.ts";
import type { Resource } from "../registry/resource.ts";
import type { ResourceInfo } from "../request/request-info.ts";
import type { Storage } from "../storage/storage.ts";

/** What every verb works on. */
export type Core = {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly clock: SimClock;
  readonly random: Random;
};

/** One authorized request for a known resource. */
export type Call = {
  readonly core: Core;
  readonly user: User;
  readonly resource: Resource;
  readonly info: ResourceInfo;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Texts for the client's eyes; they become `Warning` headers. */
  readonly warnings: string[];
};
