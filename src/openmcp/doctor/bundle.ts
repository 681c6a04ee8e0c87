import { promisify } from "node:util";
import { gzip } from "node:zlib";

import { ForbiddenError, NotFoundError } from "../../kube/errors.ts";
import type { KubeClient } from "../../kube/client.ts";
import { configMaps, customResourceDefinitions, deployments, events, leases, pods, secrets } from "../../kube/core.ts";
import type { Selection } from "../../kube/list.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { CommandContext } from "../command/command.ts";
import { describeError } from "../command/describe-error.ts";
import type { Reader } from "../command/reader.ts";
import { readRows } from "../inspect/read-rows.ts";
import { sortRows, summarize, type TenantRow } from "../inspect/tenant-row.ts";
import { accessRequests, clusterRequests, serviceProviders } from "../platform/kinds.ts";
import { controllersOf, type ProviderDefinition, servedResources } from "../service/definition.ts";
import type { Finding } from "../service/finding.ts";
import { managedBy } from "../platform/tenant-access.ts";
import type { ServiceObject } from "../service/status.ts";
import { readPage } from "./read-page.ts";
import { redact, secretTexts, withoutKnown } from "./redact.ts";
import { findingText, reportJson, summaryText } from "./report.ts";
import { type ArchivedFile, packTar } from "./tar.ts";

/** Whose objects are looked at, of as many tenants as there may be. */
const MOST_TENANTS = 50;
/** Of all tenants there is a row. */
const MOST_ROWS = 5_000;
const MOST_OBJECTS = 500;
const FOLDER = "doctor";

const README = `What doctor has found, and what is known of the clusters, for a report about the provider.

No content of Secrets and ConfigMaps is in here, no Helm values, and no value of an annotation that other programs
have written. Other texts are masked where they look like a secret. Look through the files before you hand them on:
names of tenants, hosts and images are in them.

report.txt, report.json   what doctor has found
about.json                the program, and where it looked
tenants.json              counts, and one row for each of at most ${MOST_ROWS} tenants, the failing ones first
platform/, onboarding/    objects: those of the provider, and of at most ${MOST_TENANTS} tenants, the failing ones first
missing.txt               what could not be read, and why
metrics.txt, readyz.txt   what run serves, where that was reachable
`;

/** What a bundle is made of. */
export type BundleSource<T extends ServiceObject, C extends ServiceObject, S> = {
  readonly definition: ProviderDefinition<T, C, S>;
  readonly reader: Reader;
  readonly findings: readonly Finding[];
  readonly context: Pick<CommandContext, "nodeVersion">;
  readonly probeURL?: string;
  readonly metricsURL?: string;
};

/** Collects what a bug report needs, as a tar archive compressed by gzip. Leaves out what cannot be read, and says so. */
export async function makeBundle<T extends ServiceObject, C extends ServiceObject, S>(
  source: BundleSource<T, C, S>,
): Promise<Buffer> {
  const nowMs = source.reader.clock.now();
  const collector = new Collector(source);
  await collector.collect();
  const { files, missing, known } = collector;
  const all = [
    { name: "README.txt", text: README },
    ...ownFiles(source, nowMs),
    ...files,
    { name: "missing.txt", text: missing.map((line) => `${line}\n`).join("") },
  ];
  const clean = all.map(({ name, text }) => ({ name: `${FOLDER}/${name}`, text: withoutKnown(text, known) }));
  return promisify(gzip)(packTar(clean, nowMs));
}

function ownFiles<T extends ServiceObject, C extends ServiceObject, S>(
  { definition, reader, findings, context: { nodeVersion } }: BundleSource<T, C, S>,
  nowMs: number,
): readonly ArchivedFile[] {
  const text = [...findings.map((finding) => findingText(finding, false)), summaryText(findings)].join("");
  const { name, version } = definition;
  const { namespace } = reader;
  const about = { program: name, version, node: nodeVersion, time: new Date(nowMs).toISOString(), namespace };
  return [
    { name: "about.json", text: toText(about) },
    { name: "report.txt", text },
    { name: "report.json", text: reportJson(findings, { program: definition, nowMs }) },
  ];
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

type Asked = { readonly file: string; readonly client: KubeClient; readonly resource: Resource };

/** Reads files, one after the other, so that no cluster is asked much at a time. */
class Collector<T extends ServiceObject, C extends ServiceObject, S> {
  readonly files: ArchivedFile[] = [];
  readonly missing: string[] = [];
  /** Texts that must not be in any file. */
  readonly known: string[] = [];
  readonly #source: BundleSource<T, C, S>;

  constructor(source: BundleSource<T, C, S>) {
    this.#source = source;
  }

  async collect(): Promise<void> {
    const { reader, probeURL, metricsURL } = this.#source;
    await this.#collectOwn();
    const tenants = (await this.#attempt("tenants.json", () => this.#collectTenants())) ?? [];
    for (const tenant of tenants.slice(0, MOST_TENANTS)) {
      await this.#collectTenant(tenant);
    }
    const pages = { "readyz.txt": probeURL && `${probeURL}/readyz`, "metrics.txt": metricsURL };
    for (const [name, url] of Object.entries(pages)) {
      if (url !== undefined && url !== "") {
        await this.#attempt(name, async () => {
          this.files.push({ name, text: maskSecrets((await readPage(url, reader.signal)).text) });
        });
      }
    }
  }

  /** Objects of the provider itself, which are there once. */
  async #collectOwn(): Promise<void> {
    const { definition, reader } = this.#source;
    const { platform: client, namespace } = reader;
    const configs = servedResources(definition).map(({ configResource }) => configResource);
    for (const resource of [serviceProviders, ...configs]) {
      await this.#list({ file: fileOf("platform", resource), client, resource }, {});
    }
    for (const resource of [accessRequests, clusterRequests, deployments, pods, leases, events, configMaps, secrets]) {
      const file = `platform/${namespace}/${resource.plural}.json`;
      await this.#list({ file, client, resource }, { namespace });
    }
    await this.#listCrds({ file: "platform/crds.json", client });
    const onboarding = await this.#attempt("onboarding", () => reader.onboarding());
    if (onboarding !== undefined) {
      await this.#listCrds({ file: "onboarding/crds.json", client: onboarding });
      const parameters = definition.admission?.parameters;
      if (parameters !== undefined) {
        const file = fileOf("onboarding", parameters);
        await this.#list({ file, client: onboarding, resource: parameters }, {});
      }
    }
  }

  /** Of the CRDs, whose schemas everybody has, the status. */
  async #listCrds({ file, client }: Pick<Asked, "file" | "client">): Promise<void> {
    const { definition, reader } = this.#source;
    await this.#attempt(file, async () => {
      const names = definition.crds.map(({ metadata }) => metadata.name);
      const found = await Promise.all(
        names.map((name) => client.find(customResourceDefinitions, { name }, reader.signal)),
      );
      const shown = found
        .filter((crd) => crd !== undefined)
        .map(({ metadata: { name, creationTimestamp }, status }) => {
          return { name, creationTimestamp, status };
        });
      this.files.push({ name: file, text: maskSecrets(toText(shown)) });
    });
  }

  async #collectTenants(): Promise<readonly TenantRow[]> {
    const { reader } = this.#source;
    const rows = await readRows(reader.program, await reader.onboarding(), { signal: reader.signal });
    const sorted = sortRows(rows, "state");
    const tenants = sorted.slice(0, MOST_ROWS);
    this.files.push({ name: "tenants.json", text: toText({ summary: summarize(rows), tenants }) });
    return sorted;
  }

  async #collectTenant({ name, namespace, platformNamespace }: TenantRow): Promise<void> {
    const { definition, reader } = this.#source;
    const onboarding = await reader.onboarding();
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    for (const { resource } of servedResources(definition)) {
      const file = `onboarding/${platformNamespace}/${resource.plural}.${resource.group}.json`;
      await this.#list({ file, client: onboarding, resource }, selection);
    }
    // Only an account of the operator may read these.
    const about = { namespace, fieldSelector: `involvedObject.name=${name}` };
    await this.#list(
      { file: `onboarding/${platformNamespace}/events.json`, client: onboarding, resource: events },
      about,
    );
    const kinds = [...(definition.diagnosis?.kinds ?? []), accessRequests, clusterRequests, events, secrets];
    const labelSelector = managedBy(controllersOf(definition));
    for (const resource of kinds) {
      const file = `platform/${platformNamespace}/${resource.plural}.json`;
      const isOthers = resource === events || resource === clusterRequests;
      const where = { namespace: platformNamespace, ...(!isOthers && { labelSelector }) };
      await this.#list({ file, client: reader.platform, resource }, where);
    }
  }

  /** Reads at most a page of a collection. */
  async #list({ file, client, resource }: Asked, selection: Selection): Promise<void> {
    await this.#attempt(file, async () => {
      const { signal } = this.#source.reader;
      for await (const { items } of client.pages<KubeObject>(resource, { ...selection, signal })) {
        if (resource === secrets) {
          this.known.push(...items.flatMap((object) => secretTexts(object)));
        }
        const shown = items.slice(0, MOST_OBJECTS).map(redact);
        if (shown.length > 0) {
          this.files.push({ name: file, text: toText(shown) });
        }
        return;
      }
    });
  }

  async #attempt<R>(what: string, work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#source.reader.signal.throwIfAborted();
      const why = error instanceof ForbiddenError ? "the account may not read it" : describeError(error);
      if (!(error instanceof NotFoundError)) {
        this.missing.push(maskSecrets(`${what}: ${why}`));
      }
      return undefined;
    }
  }
}

function fileOf(cluster: string, { plural, group }: Resource): string {
  return `${cluster}/${plural}.${group}.json`;
}
