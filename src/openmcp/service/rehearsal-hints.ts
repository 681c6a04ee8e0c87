import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { ServiceObject } from "./status.ts";

/** What is known of the objects that a provider writes on the platform cluster. */
export type RehearsalHints = {
  /**
   * Returns an object as its controller leaves it when all goes well; one that has failed, or is suspended, stays as it
   * is. `find` knows the other objects of the tenant. Pure.
   */
  readonly settled?: (object: KubeObject, find: Find) => KubeObject;
  /** Returns an object that settings may name, with a content that every use of it accepts and that is no secret. */
  readonly standIn?: (kind: "Secret" | "ConfigMap", name: string, settings: KubeObject) => Secret & ConfigMap;
  /** Whether the tenant's cluster does not answer, as far as the status of the tenant's object says. */
  readonly isSilent?: (object: ServiceObject) => boolean;
  /** Returns the Helm values in an object that is written, if there are any. */
  readonly valuesOf?: (object: KubeObject) => Readonly<Record<string, unknown>> | undefined;
  /** Reasons of conditions that are True, and yet say that objects stay other than the settings have them. */
  readonly keepingReasons?: readonly string[];
  /** Annotations whose value depends on the running process: nobody has to know it beforehand. */
  readonly bookkeeping?: readonly string[];
  /** Annotations that ask another controller to act, with a value that is another one each time. */
  readonly tokens?: readonly string[];
};

/** Returns an object that is known. */
export type Find = <O extends KubeObject>(resource: Resource<O>, ref: ObjectRef) => O | undefined;
