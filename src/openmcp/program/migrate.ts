import type { KubeClient } from "../../kube/client.ts";
import { unlessNotFound } from "../../kube/errors.ts";
import type { Selection } from "../../kube/list.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { keyOf } from "../../runtime/key.ts";
import { maskSecrets } from "../../runtime/mask-secrets.ts";
import type { PolicyRule, TokenAccess } from "../platform/kinds.ts";
import { openOnboardingAccess, withdrawOnboardingAccess } from "../platform/onboarding-access.ts";
import { findProviderName } from "../platform/registration.ts";
import { servedResources } from "../service/definition.ts";
import type { MigrateOptions } from "./options.ts";
import { type Movable, moveObject, type MoveDeps, type Outcome, type Route } from "./move-object.ts";
import type { CommandContext, Program } from "../command/command.ts";
import { onboardingOptions, openWorkplace, type Workplace } from "../command/workplace.ts";

/** Moves the objects of earlier API groups to the present one, while the provider is running: see `moveAll`. */
export async function migrate(options: MigrateOptions, context: CommandContext): Promise<void> {
  // The standard output is for the lines of the objects.
  const workplace = await openWorkplace(options, { ...context, printLog: context.printError });
  try {
    await moveAll(options, { ...workplace, printLine: (line) => context.print(`${maskSecrets(line)}\n`) });
  } finally {
    await workplace.close();
  }
}

type PrintLine = { readonly printLine: (line: string) => void };

/**
 * Moves all objects that the options select. Prints a line for each of them, and the counts at the end.
 *
 * May be interrupted and repeated at any time. Rejects when one of the objects is left in its earlier group.
 */
export async function moveAll(options: MigrateOptions, workplace: Workplace & PrintLine): Promise<void> {
  const { timeoutMs, isDryRun } = options;
  await withOnboarding({ ...workplace, timeoutMs }, async (onboarding) => {
    const batches = await readBatches(options, { ...workplace, onboarding });
    await moveBatches(batches, { ...workplace, timeoutMs, isDryRun, fieldManager: workplace.program.name });
  });
}

/**
 * What `migrate` may do on the onboarding cluster: create objects of the present API group, and delete those of earlier ones.
 *
 * It deletes an object of the present group too, where the owner of the earlier one has deleted that at the same moment.
 */
export function migrateRights({ resource, earlier = [] }: Pick<Program, "resource" | "earlier">): TokenAccess {
  const rules = [ruleOn(resource, "create", "delete"), ...earlier.map((kinds) => ruleOn(kinds.resource, "delete"))];
  return { permissions: [{ rules }] };
}

function ruleOn({ group, plural }: Resource, ...writes: readonly string[]): PolicyRule {
  return { apiGroups: [group], resources: [plural], verbs: ["get", "list", "watch", ...writes] };
}

/** For each of the two requests, until it is gone. */
const WITHDRAW_MS = 60_000;

async function withOnboarding(
  workplace: Workplace & Pick<MigrateOptions, "timeoutMs">,
  work: (client: KubeClient) => Promise<void>,
): Promise<void> {
  const { timeoutMs } = workplace;
  const token = migrateRights(workplace.program);
  const access = onboardingOptions(workplace, { localName: "onboarding-migrate", token });
  const stop = new AbortController();
  try {
    const onboarding = await openOnboardingAccess({ ...access, timeoutMs }, workplace);
    const following = onboarding.follow(stop.signal);
    try {
      await work(onboarding.client);
    } finally {
      stop.abort();
      await following;
      await onboarding.close();
    }
  } finally {
    // Whoever interrupts the command wants no access to stay behind either.
    const deps = { ...workplace, signal: new AbortController().signal };
    await withdrawOnboardingAccess({ ...access, timeoutMs: WITHDRAW_MS }, deps).catch((error: unknown) => {
      workplace.log.error({ err: error }, "cannot remove the access to the onboarding cluster");
    });
  }
}

/** An object that is to be moved. */
type Item = { readonly route: Route; readonly ref: ObjectRef };

/**
 * Reads which objects are to be moved, those of the first batch before those of the second.
 *
 * Throws, before anything is changed, when there is no place for them, or none of the name that was given.
 */
async function readBatches(
  { namespace, objectName, providerName }: MigrateOptions,
  { program, platform, onboarding, signal }: Workplace & { readonly onboarding: KubeClient },
): Promise<readonly (readonly Item[])[]> {
  const { resource, configResource, earlier = [] } = program;
  const selection = { namespace, ...(objectName !== undefined && named(objectName)) };
  const tenants = earlier.map((kinds): Route => {
    return { client: onboarding, from: kinds.resource, to: resource, hasFinalizer: true };
  });
  const objects = await Promise.all(tenants.map((route) => readItems(route, { ...selection, signal })));
  if (objectName !== undefined && objects.flat().length === 0) {
    const [moved] = (await listIfServed(onboarding, resource, { ...selection, signal })) ?? [];
    if (moved === undefined) {
      throw new Error(`there is no ${resource.kind} of the name "${objectName}"`);
    }
  }
  if (namespace !== undefined || objectName !== undefined) {
    return [objects.flat()];
  }
  const kinds = servedResources(program).map((served) => served.resource);
  const name = providerName ?? (await findProviderName(platform, kinds, signal));
  const configs = await Promise.all(
    earlier.map(({ configResource: from }) =>
      readItems({ client: platform, from, to: configResource, hasFinalizer: false }, { ...named(name), signal }),
    ),
  );
  // Once the ProviderConfig is moved, the settings of tenants do not change while those are moved.
  return [configs.flat(), objects.flat()];
}

type Scope = Selection & { readonly signal: AbortSignal };

function named(name: string): Selection {
  return { fieldSelector: `metadata.name=${name}` };
}

async function readItems(route: Route, scope: Scope): Promise<readonly Item[]> {
  const { client, from, to } = route;
  const objects = (await listIfServed(client, from, scope)) ?? [];
  if (objects.length > 0 && (await listIfServed(client, to, scope)) === undefined) {
    throw new Error(`the API server does not serve ${to.plural}.${to.group}: run "init" first`);
  }
  return objects.map(({ metadata: { name, namespace } }) => {
    return { route, ref: { name, ...(namespace !== undefined && { namespace }) } };
  });
}

async function listIfServed(
  client: KubeClient,
  resource: Route["from"],
  scope: Scope,
): Promise<readonly Movable[] | undefined> {
  return (await unlessNotFound(client.list(resource, scope)))?.items;
}

/** How many objects are moved at the same time: one that the provider does not hand over delays no other. */
const LANES = 8;

async function moveBatches(batches: readonly (readonly Item[])[], deps: MoveDeps & PrintLine): Promise<void> {
  const total = batches.flat().length;
  const counts = { migrated: 0, skipped: 0, failed: 0 };
  for (const batch of batches) {
    await inLanes(batch, async ({ route, ref }) => {
      if (!deps.signal.aborted) {
        const { end, steps } = await moveObject(route, ref, deps);
        counts[end] += 1;
        deps.printLine(`${nameOf(route, ref)}: ${steps.join(", ")}`);
      }
    });
  }
  deps.printLine(summaryOf({ ...counts, total }, deps));
  if (counts.migrated < total) {
    throw new Error(
      `${total - counts.migrated} of ${total} objects ${deps.isDryRun ? "would stay" : "are left"} in their earlier API group`,
    );
  }
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const shared = items.values();
  const lane = async (): Promise<void> => {
    for (const item of shared) {
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

// A namespace has no capital letters.
function nameOf({ from }: Route, ref: ObjectRef): string {
  return from.namespaced ? keyOf(ref) : `${from.kind}/${ref.name}`;
}

function summaryOf(
  counts: Readonly<Record<Outcome["end"] | "total", number>>,
  { isDryRun }: Pick<MoveDeps, "isDryRun">,
): string {
  const { total, migrated, skipped, failed } = counts;
  if (total === 0) {
    return "nothing to migrate";
  }
  const notBegun = total - migrated - skipped - failed;
  const verb = isDryRun ? "would be migrated" : "migrated";
  const rest = notBegun === 0 ? "" : `, ${notBegun} not begun`;
  return `${migrated} of ${total} ${verb}, ${skipped} skipped, ${failed} failed${rest}`;
}
