import { isRecord } from "../../kube/json.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { groupOf } from "../../kube/resource.ts";
import { parseDocuments } from "../../kube/yaml.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { type ProviderDefinition, servedResources } from "../service/definition.ts";
import type { ServiceObject } from "../service/status.ts";
import type { Known, Watched } from "./rehearsal.ts";

/** A text with objects, and where it comes from. */
export type Source = { readonly origin: string; readonly text: string };

/** The objects of the files, by what they are for. */
export type Input<T, C> = {
  /** Of the end users, in the order of their API groups. */
  readonly objects: readonly T[];
  readonly configs: readonly C[];
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly configMaps: ReadonlyMap<string, ConfigMap>;
  /** Objects that may supplement the settings. */
  readonly supplements: ReadonlyMap<string, KubeObject>;
  /** Objects as they are on the platform. */
  readonly platform: readonly Known[];
  /** Kinds and names of the objects that have nothing to do with the provider. */
  readonly ignored: readonly string[];
};

/** Sorts the objects of some texts by what they are for. Throws for a text that has anything else. */
export function readInput<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  watched: readonly Watched[],
  sources: readonly Source[],
): Input<T, C> {
  const found = lastOfEach(
    sources.flatMap(({ text, origin }) => parseDocuments(text, origin).flatMap((one) => objectsIn(one, origin))),
  );
  const served = servedResources(definition);
  const { supplement } = definition.settings;
  const selectInOrder = (resources: readonly Resource[]): readonly KubeObject[] =>
    resources.flatMap((resource) => select(isOneOf([resource])));
  const isSupplement = isOneOf(supplement === undefined ? [] : [supplement.resource]);
  const platform = found.flatMap((object) => {
    const resource = watched.map((watch) => watch.resource).find((one) => isOf(one, object));
    return resource === undefined ? [] : [{ resource, object }];
  });
  const used = new Set<KubeObject>(platform.map(({ object }) => object));
  const select = (isMeant: (object: KubeObject) => boolean): readonly KubeObject[] => {
    const selected = found.filter(isMeant);
    selected.forEach((object) => used.add(object));
    return selected;
  };
  /* oxlint-disable typescript/no-unsafe-type-assertion -- objects of a kind, which its schema judges before they are read */
  const input = {
    objects: selectInOrder(served.map(({ resource }) => resource)) as readonly T[],
    configs: selectInOrder(served.map(({ configResource }) => configResource)) as readonly C[],
    secrets: byName(select(isOneOf([core("Secret")])).map((object) => withEncodedData(object as Secret))),
    configMaps: byName(select(isOneOf([core("ConfigMap")])) as readonly ConfigMap[]),
    supplements: byName(select(isSupplement)),
  };
  /* oxlint-enable typescript/no-unsafe-type-assertion */
  const ignored = found.filter((object) => !used.has(object)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return { ...input, platform, ignored };
}

/** Looks for an object by its name. */
export function lookIn<O>(objects: ReadonlyMap<string, O>, name: string): Look<O> {
  const object = objects.get(name);
  return object === undefined ? { state: "absent" } : { state: "present", object };
}

/** Of several states of an object the last one counts, as if the files were applied one after the other. */
function lastOfEach(objects: readonly KubeObject[]): readonly KubeObject[] {
  return [
    ...new Map(objects.map((object) => [`${object.apiVersion} ${object.kind} ${keyOf(object)}`, object])).values(),
  ];
}

function isOneOf(resources: readonly Resource[]): (object: KubeObject) => boolean {
  return (object) => resources.some((resource) => isOf(resource, object));
}

function core(kind: string): Resource {
  return { group: "", version: "v1", kind, plural: "", namespaced: true };
}

function isOf({ group, kind }: Resource, object: KubeObject): boolean {
  return object.kind === kind && groupOf(object.apiVersion) === group;
}

function byName<O extends KubeObject>(objects: readonly O[]): ReadonlyMap<string, O> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

/** People write Secrets with `stringData`, which an API server stores as data. */
function withEncodedData(secret: Secret & { readonly stringData?: unknown }): Secret {
  const { stringData, ...stored } = secret;
  if (!isRecord(stringData)) {
    return stored;
  }
  const encoded = Object.entries(stringData).map(
    ([key, text]) => [key, Buffer.from(String(text)).toString("base64")] as const,
  );
  return { ...stored, data: { ...stored.data, ...Object.fromEntries(encoded) } };
}

function objectsIn(document: unknown, origin: string): readonly KubeObject[] {
  if (document === null || document === undefined) {
    return [];
  }
  if (isRecord(document) && document["kind"] === "List" && Array.isArray(document["items"])) {
    return document["items"].flatMap((item: unknown) => objectsIn(item, origin));
  }
  if (!isObject(document)) {
    throw new Error(
      `${origin}: found something without apiVersion, kind or metadata.name, expected Kubernetes objects`,
    );
  }
  return [document];
}

function isObject(value: unknown): value is KubeObject {
  return (
    isRecord(value) &&
    typeof value["apiVersion"] === "string" &&
    typeof value["kind"] === "string" &&
    isRecord(value["metadata"]) &&
    typeof value["metadata"]["name"] === "string"
  );
}
