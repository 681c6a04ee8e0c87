import { createHash } from "node:crypto";

import type { SimClock } from "../clock.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import { textAt } from "../value-at.ts";
import type { Chart } from "./chart.ts";

/** A chart as it lies in the registry. */
export type StoredChart = {
  readonly chart: Chart;
  /** Digest of the OCI manifest. */
  readonly manifestDigest: string;
  /** Digest of the tarball, another value. */
  readonly contentDigest: string;
  readonly createdAt: string;
};

/** What somebody has signed, and the signature in base64. */
export type StoredSignature = { readonly payload: Buffer; readonly signature: string };

/** User and password that may pull. */
export type RegistryLogin = { readonly username: string; readonly password: string };

/** Which version of a chart is wanted; a digest wins over a tag. */
export type ChartReference = { readonly tag?: string; readonly digest?: string };

/** A pull that the registry refused or did not answer, in the words of the source-controller's OCI client. */
export class PullError extends Error {
  override readonly name = "PullError";
}

/**
 * A chart registry in memory: what lies under which URL and tag, and who may pull it.
 *
 * A tag can be pushed again with other content, the old content stays reachable by its digest.
 */
export class ChartRegistry {
  readonly #clock: SimClock;
  readonly #login: RegistryLogin | undefined;
  readonly #publicURL: string | undefined;
  readonly #scheme: string;
  readonly #tags = new Map<string, StoredChart>();
  readonly #digests = new Map<string, StoredChart>();
  readonly #signatures = new Map<string, readonly StoredSignature[]>();
  #down = false;
  #pushes = 0;

  /** Without `login` everyone may pull, and what is under `publicURL` everyone may. `plainHTTP` only shows in messages. */
  constructor(options: {
    readonly clock: SimClock;
    readonly login?: RegistryLogin;
    readonly publicURL?: string;
    readonly plainHTTP?: boolean;
  }) {
    this.#clock = options.clock;
    this.#login = options.login;
    this.#publicURL = options.publicURL;
    this.#scheme = options.plainHTTP === true ? "http" : "https";
  }

  /** Puts a chart under `url` (`oci://…`) and `tag`, replacing what that tag named; returns the manifest's digest. */
  push(url: string, tag: string, chart: Chart): string {
    this.#pushes += 1;
    const content = `${url} ${chart.name} ${chart.version} ${String(this.#pushes)}`;
    const stored: StoredChart = {
      chart,
      manifestDigest: sha256(`manifest ${content}`),
      contentDigest: sha256(`content ${content}`),
      createdAt: kubeTime(this.#clock.now()),
    };
    this.#tags.set(`${url}:${tag}`, stored);
    this.#digests.set(`${url}@${stored.manifestDigest}`, stored);
    return stored.manifestDigest;
  }

  /** The chart whose tarball has that digest: what the source-controller has stored can always be read. */
  stored(contentDigest: string): StoredChart | undefined {
    return this.#digests.values().find((stored) => stored.contentDigest === contentDigest);
  }

  /** Puts a signature beside the manifest with that digest. */
  sign(manifestDigest: string, signature: StoredSignature): void {
    this.#signatures.set(manifestDigest, [...this.signaturesOf(manifestDigest), signature]);
  }

  /** The signatures that lie beside a manifest. */
  signaturesOf(manifestDigest: string): readonly StoredSignature[] {
    return this.#signatures.get(manifestDigest) ?? [];
  }

  /** While down, every pull fails as if nobody listened. */
  setDown(down: boolean): void {
    this.#down = down;
  }

  /** Finds a chart for someone who shows a `.dockerconfigjson`. Throws a `PullError` otherwise. */
  pull(url: string, reference: ChartReference, config?: string): StoredChart {
    this.#admit(url, this.#manifestURL(url, reference.digest ?? reference.tag ?? "latest"), config);
    return this.find(url, reference);
  }

  /** Lists the tags of a chart for someone who shows a `.dockerconfigjson`. Throws a `PullError` otherwise. */
  tags(url: string, config?: string): readonly string[] {
    const { host, path } = splitURL(url);
    this.#admit(url, `${this.#scheme}://${host}/v2/${path}/tags/list?n=1000`, config);
    const start = `${url}:`;
    return [...this.#tags.keys()].filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
  }

  /** Finds a chart as the registry's own. Throws a `PullError` when it is not there. */
  find(url: string, reference: ChartReference): StoredChart {
    const wanted = reference.digest ?? reference.tag ?? "latest";
    const found =
      reference.digest === undefined ? this.#tags.get(`${url}:${wanted}`) : this.#digests.get(`${url}@${wanted}`);
    if (found === undefined) {
      const unknown = reference.digest === undefined ? `unknown tag=${wanted}` : `unknown manifest digest=${wanted}`;
      throw new PullError(`GET ${this.#manifestURL(url, wanted)}: MANIFEST_UNKNOWN: manifest unknown; ${unknown}`);
    }
    return found;
  }

  #manifestURL(url: string, wanted: string): string {
    const { host, path } = splitURL(url);
    return `${this.#scheme}://${host}/v2/${path}/manifests/${wanted}`;
  }

  #admit(url: string, request: string, config: string | undefined): void {
    const { host, path } = splitURL(url);
    if (this.#down) {
      throw new PullError(`Get "${this.#scheme}://${host}/v2/": dial tcp: connect: connection refused`);
    }
    if (url !== this.#publicURL && !this.#mayPull(host, config)) {
      const scope = `[map[Action:pull Class: Name:${path} Type:repository]]`;
      throw new PullError(`GET ${request}: UNAUTHORIZED: authentication required; ${scope}`);
    }
  }

  #mayPull(host: string, config: string | undefined): boolean {
    if (this.#login === undefined) {
      return true;
    }
    const shown = config === undefined ? undefined : loginFor(host, config);
    return shown === `${this.#login.username}:${this.#login.password}`;
  }
}

/** `.dockerconfigjson` with one login. */
export function dockerConfigJson(url: string, login: RegistryLogin): string {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  return JSON.stringify({ auths: { [splitURL(url).host]: { ...login, auth } } });
}

function loginFor(host: string, config: string): string | undefined {
  const parsed: unknown = JSON.parse(config);
  const auth = textAt(parsed, "auths", host, "auth");
  if (auth !== "") {
    return Buffer.from(auth, "base64").toString();
  }
  const username = textAt(parsed, "auths", host, "username");
  return username === "" ? undefined : `${username}:${textAt(parsed, "auths", host, "password")}`;
}

function splitURL(url: string): { readonly host: string; readonly path: string } {
  const [host = "", ...path] = url.replace(/^oci:\/\//, "").split("/");
  return { host, path: path.join("/") };
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
