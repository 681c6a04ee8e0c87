import { isDeepStrictEqual } from "node:util";

import type { KubeClient } from "../../kube/client.ts";
import type { KubeObject } from "../../kube/object.ts";
import { admissionParts } from "../service/admission.ts";
import type { ProviderDefinition, SettingsInForce } from "../service/definition.ts";
import type { NamelessFinding } from "../service/finding.ts";
import type { ServiceObject } from "../service/status.ts";
import { ok } from "./check.ts";

/** Looks for the policy with which the onboarding cluster refuses what is not on offer. */
export async function lookAtAdmission<T extends ServiceObject, C extends ServiceObject, S>(
  definition: ProviderDefinition<T, C, S>,
  inForce: SettingsInForce<S> | undefined,
  { client, signal }: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<readonly NamelessFinding[]> {
  const { admission } = definition;
  if (admission === undefined || inForce === undefined) {
    return [];
  }
  const spec = admission.parametersOf(inForce);
  const parts = admissionParts({ ...definition, admission }, spec ?? {});
  const live = await Promise.all(
    parts.map(({ resource, desired }) => client.find<KubeObject>(resource, desired.metadata, signal)),
  );
  const missing = parts.filter((_part, index) => live[index] === undefined).map(({ resource: { kind } }) => kind);
  const [parameters] = live;
  return judgeAdmission({
    isWanted: spec !== undefined,
    isCurrent: hasSpec(parameters, spec),
    missing,
    total: parts.length,
  });
}

function hasSpec(object: KubeObject | undefined, spec: unknown): boolean {
  return object !== undefined && "spec" in object && isDeepStrictEqual(object.spec, spec);
}

/** Says whether the policy is as the settings want it. Pure. */
export function judgeAdmission(sight: {
  /** Whether anything is to be refused. */
  readonly isWanted: boolean;
  /** Whether the parameters are those of the settings. */
  readonly isCurrent: boolean;
  /** Kinds of the objects that do not exist. */
  readonly missing: readonly string[];
  readonly total: number;
}): readonly NamelessFinding[] {
  const { isWanted, isCurrent, missing, total } = sight;
  if (!isWanted) {
    return missing.length === total
      ? []
      : [{ level: "warning", found: "the onboarding cluster has a policy for versions, though all are on offer" }];
  }
  if (missing.length > 0) {
    return [
      {
        level: "warning",
        found: `the onboarding cluster does not refuse versions that are not on offer: there is no ${missing.join(", no ")}`,
        expected:
          "a ValidatingAdmissionPolicy, unless run has --version-admission=false: the condition of an object says it later",
        advice: "see the log of run; the API server serves the kind since Kubernetes 1.30",
      },
    ];
  }
  return isCurrent
    ? [ok("the onboarding cluster refuses versions that are not on offer")]
    : [
        {
          level: "warning",
          found: "the onboarding cluster judges versions by an offer that is out of date",
          expected: "the versions on offer now",
          advice: "see the log of run",
        },
      ];
}
