import type { ApplyConfiguration, KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from "../../kube/core.ts";
import { ForbiddenError, InvalidError, NotFoundError, TooLargeError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import { apiVersionOf, type Resource } from "../../kube/resource.ts";
import type { Retry } from "../../runtime/controller.ts";
import { WaitingError } from "../../runtime/errors.ts";
import { Informer } from "../../runtime/informer.ts";
import type { Log } from "../../runtime/log.ts";
import { projectionOf } from "../../runtime/projection.ts";
import { applyObject, ForeignObjectError } from "../platform/apply-object.ts";
import type { PolicyRule } from "../platform/kinds.ts";
import { onlyManaged } from "../platform/ownership.ts";
import { managedByLabel } from "../platform/tenant-access.ts";
import { type Admission, controllersOf, type ProviderDefinition, type Reading, servedResources } from "./definition.ts";
import type { ServiceObject } from "./status.ts";

/** What the names of the objects derive from. */
type Named = Pick<
  ProviderDefinition<ServiceObject, ServiceObject, never>,
  "name" | "resource" | "configResource" | "earlier" | "controller"
>;

type Admitting<S> = Named & { readonly admission: Admission<S> };

type Parameters = Readonly<Record<string, unknown>>;

/** An object of the onboarding cluster with which its API server judges users' objects. */
type Part = { readonly resource: Resource; readonly desired: ApplyConfiguration };

/** Name of the policy and of its binding, which users read in front of each refusal. */
function policyName({ resource: { plural, group } }: Named): string {
  return `${plural}.${group}`;
}

/** Name of the object with the policy's parameters. */
function parametersName({ resource: { kind } }: Named): string {
  return kind.toLowerCase();
}

/** Rights on the onboarding cluster that `run` needs to keep the objects. */
export function admissionRights(
  definition: Named & { readonly admission?: Pick<Admission<unknown>, "parameters"> },
): readonly PolicyRule[] {
  const { admission } = definition;
  if (admission === undefined) {
    return [];
  }
  const ofParameters = { apiGroups: [admission.parameters.group], resources: [admission.parameters.plural] };
  const verbs = ["list", "watch", "create", "patch", "delete"];
  const resources = [validatingAdmissionPolicies, validatingAdmissionPolicyBindings];
  return [
    ...resources.map(({ group, plural }) => ({
      apiGroups: [group],
      resources: [plural],
      resourceNames: [policyName(definition)],
      verbs: ["get", ...verbs],
    })),
    { ...ofParameters, resourceNames: [parametersName(definition)], verbs },
    // Whoever writes a policy has to be allowed to read every object of the kind that its parameters have.
    { ...ofParameters, verbs: ["get"] },
  ];
}

/**
 * Builds the parameters, the policy and its binding, in the order in which they are written. Pure.
 *
 * Whatever the API server cannot judge is admitted: the provider judges it too, and says so in a condition.
 */
export function admissionParts<S>(definition: Admitting<S>, spec: Parameters): readonly Part[] {
  const { parameters, rules } = definition.admission;
  const labels = labelsOf(definition);
  const name = policyName(definition);
  const part = (resource: Resource, partName: string, content: object): Part => ({
    resource,
    desired: {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name: partName, labels },
      spec: content,
    },
  });
  return [
    part(parameters, parametersName(definition), spec),
    part(validatingAdmissionPolicies, name, {
      failurePolicy: "Ignore",
      paramKind: { apiVersion: apiVersionOf(parameters), kind: parameters.kind },
      // The field is atomic: what the API server would add to it is here already.
      matchConstraints: {
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: servedResources(definition).map(writesOf),
      },
      ...rules,
    }),
    part(validatingAdmissionPolicyBindings, name, {
      policyName: name,
      paramRef: { name: parametersName(definition), parameterNotFoundAction: "Allow" },
      validationActions: ["Deny"],
    }),
  ];
}

function writesOf({ resource }: { readonly resource: Resource }): object {
  const { group, version, plural } = resource;
  const operations = ["CREATE", "UPDATE"];
  return { apiGroups: [group], apiVersions: [version], operations, resources: [plural], scope: "Namespaced" };
}

function labelsOf(definition: Named): Readonly<Record<string, string>> {
  return managedByLabel(controllersOf(definition)[0]);
}

/** What the objects are kept with. */
export type AdmissionDeps<S> = {
  readonly definition: Admitting<S>;
  /** Whether the operator wants the objects. */
  readonly isWanted: boolean;
  readonly onboarding: KubeClient;
  readonly settings: { read(): Reading<S>; readonly isIgnored: boolean; readonly isStarting: boolean };
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Has the objects looked at again. */
  readonly wake: () => void;
  /** Tells the operator why the objects are not there. */
  readonly tellOperator: (message: string) => void;
};

/** One of the objects, with its last known state. */
type Followed = { readonly part: Part; readonly informer: Informer<KubeObject> };

/** Nothing changes without an operator, whom nobody hurries. */
const TRY_AGAIN_MS = 10 * 60_000;
const WHILE_BEING_DELETED_MS = 10_000;

/**
 * Keeps the objects with which the API server of the onboarding cluster refuses what the provider would refuse later, in
 * step with the settings in force.
 *
 * While they are wanted, the objects are watched by name, so that nothing is asked once they are in place. Where they
 * cannot be written, as on a server that does not serve policies, nothing is watched, and they are tried again rarely.
 */
export class AdmissionKeeper<S> {
  readonly #deps: AdmissionDeps<S>;
  #followed: readonly Followed[] = [];
  #following: AbortController | undefined;
  /** Whether no object of ours is there. */
  #isRemoved = false;
  #told: string | undefined;

  constructor(deps: AdmissionDeps<S>) {
    this.#deps = deps;
  }

  /** Writes what differs from the settings in force. */
  readonly reconcile = async (signal: AbortSignal): Promise<Retry> => {
    const wanted = this.#wanted();
    if (wanted === "unknown") {
      // The settings wake whoever waits for them.
      return "never";
    }
    try {
      await (wanted === undefined ? this.#remove(signal) : this.#apply(wanted, signal));
      this.#told = undefined;
      return "never";
    } catch (error) {
      if (isUnwritable(error)) {
        // What is there is out of date, and would refuse what is on offer now.
        await this.#remove(signal);
      }
      return this.#giveUp(error, wanted !== undefined);
    }
  };

  /** Ends the watches. */
  close(): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#followed = [];
  }

  #wanted(): Parameters | undefined | "unknown" {
    const { isWanted, settings, definition } = this.#deps;
    if (!isWanted) {
      return undefined;
    }
    const reading = settings.isIgnored || settings.isStarting ? undefined : settings.read();
    if (reading === undefined) {
      return "unknown";
    }
    if ("blocker" in reading) {
      return reading.blocker.reason === "ProviderConfigNotFound" ? undefined : "unknown";
    }
    return definition.admission.parametersOf(reading);
  }

  async #apply(spec: Parameters, signal: AbortSignal): Promise<void> {
    const { definition, onboarding: client } = this.#deps;
    this.#isRemoved = false;
    this.#takeUp(admissionParts(definition, spec));
    for (const { part, informer } of this.#followed) {
      const { resource, desired } = part;
      const { store } = informer;
      const looksFirst = !informer.hasSynced() || informer.isBehind();
      const applying = { client, resource, store, fieldManager: definition.name, force: false, signal, looksFirst };
      await applyObject<KubeObject>(desired, applying);
    }
    this.#follow();
  }

  /** The same objects as before, as they are desired now. */
  #takeUp(parts: readonly Part[]): void {
    this.#followed = parts.map((part, index) => ({
      part,
      informer: this.#followed[index]?.informer ?? this.#informerOf(part),
    }));
  }

  #informerOf({ resource, desired }: Part): Informer<KubeObject> {
    const { onboarding: client, clock, random, log, definition, wake } = this.#deps;
    const informer = new Informer<KubeObject>({
      client,
      resource,
      fieldSelector: `metadata.name=${desired.metadata.name}`,
      isOptional: true,
      project: projectionOf(resource, definition.name),
      clock,
      random,
      log,
    });
    informer.store.onChange(wake);
    return informer;
  }

  #follow(): void {
    if (this.#following === undefined) {
      this.#following = new AbortController();
      const { signal } = this.#following;
      this.#followed.forEach(({ informer }) => void this.#run(informer, signal));
    }
  }

  async #run(informer: Informer<KubeObject>, signal: AbortSignal): Promise<void> {
    const running = informer.run(signal);
    await informer.synced(signal);
    if (!signal.aborted) {
      // An object of somebody else that has gone since the last look is no change of the store.
      this.#deps.wake();
    }
    await running;
  }

  /**
   * Removes the objects in the order opposite to that in which they are written.
   *
   * The parameters are there as long as anything is: one request tells whether there is something to remove.
   */
  async #remove(signal: AbortSignal): Promise<void> {
    if (this.#isRemoved) {
      return;
    }
    this.close();
    const [parameters, ...others] = admissionParts(this.#deps.definition, {});
    const marker = parameters && (await this.#findOwn(parameters, signal));
    if (parameters !== undefined && marker !== undefined) {
      for (const part of others.toReversed()) {
        await this.#delete(part.resource, await this.#findOwn(part, signal), signal);
      }
      await this.#delete(parameters.resource, marker, signal);
    }
    this.#isRemoved = true;
  }

  async #findOwn({ resource, desired }: Part, signal: AbortSignal): Promise<KubeObject | undefined> {
    const { definition, onboarding } = this.#deps;
    const live = await onboarding.find(resource, desired.metadata, signal);
    return onlyManaged(live, { labels: labelsOf(definition), fieldManager: definition.name });
  }

  async #delete(resource: Resource, object: KubeObject | undefined, signal: AbortSignal): Promise<void> {
    if (object !== undefined) {
      await this.#deps.onboarding.deleteIfExists(resource, object, { signal });
      this.#deps.log.info({ kind: resource.kind, name: object.metadata.name }, "removed, nothing is to be refused");
    }
  }

  #giveUp(error: unknown, isWanted: boolean): Retry {
    if (error instanceof WaitingError) {
      return { afterMs: WHILE_BEING_DELETED_MS };
    }
    const isForeign = error instanceof ForeignObjectError;
    if (!isForeign && !isLasting(error)) {
      throw error;
    }
    // Of a foreign object, the watch tells when it is gone.
    if (isForeign) {
      this.#follow();
    } else {
      this.close();
    }
    this.#tell(error, isWanted);
    return { afterMs: TRY_AGAIN_MS };
  }

  #tell(error: Error, isWanted: boolean): void {
    if (this.#told === error.message) {
      return;
    }
    this.#told = error.message;
    const message = isWanted
      ? `the onboarding cluster does not refuse at once what is not on offer, conditions say it: ${error.message}`
      : `cannot find out whether the onboarding cluster refuses what is not on offer: ${error.message}`;
    this.#deps.log.warn(message);
    if (isWanted) {
      this.#deps.tellOperator(message);
    }
  }
}

/** A second attempt changes nothing. */
function isLasting(error: unknown): error is Error {
  return error instanceof NotFoundError || error instanceof ForbiddenError || isUnwritable(error);
}

/** The API server does not take what is to be written. */
function isUnwritable(error: unknown): error is Error {
  return error instanceof InvalidError || error instanceof TooLargeError;
}
