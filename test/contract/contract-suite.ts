import { after, before, describe } from "node:test";
import { type Connection, connect, type ContractServer } from "./contract-server.ts";
import type { ContractClient } from "./contract-client.ts";
import { installCRD, things, thingsCRD } from "./things.ts";
import { apply } from "./apply.ts";
import { conflicts } from "./conflicts.ts";
import { crdLifecycle } from "./crd-lifecycle.ts";
import { crdValidation } from "./crd-validation.ts";
import { crud } from "./crud.ts";
import { defaulting } from "./defaulting.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { discovery } from "./discovery.ts";
import { durations } from "./durations.ts";
import { events } from "./events.ts";
import { finalizers } from "./finalizers.ts";
import { foretoldApplies } from "./foretold-applies.ts";
import { garbageCollection } from "./garbage-collection.ts";
import { generations } from "./generations.ts";
import { leases } from "./leases.ts";
import { lists } from "./lists.ts";
import { managedFields } from "./managed-fields.ts";
import { messages } from "./messages.ts";
import { metadataRules } from "./metadata-rules.ts";
import { namespaces } from "./namespaces.ts";
import { nulls } from "./nulls.ts";
import { numbers } from "./numbers.ts";
import { patches } from "./patches.ts";
import { pods } from "./pods.ts";
import { policies } from "./policies.ts";
import { protobuf } from "./protobuf.ts";
import { rbac } from "./rbac.ts";
import { requests } from "./requests.ts";
import { secrets } from "./secrets.ts";
import { selectors } from "./selectors.ts";
import { sizes } from "./sizes.ts";
import { statusSubresource } from "./status-subresource.ts";
import { tables } from "./tables.ts";
import { texts } from "./texts.ts";
import { tokens } from "./tokens.ts";
import type { Topic } from "./topic.ts";
import { watches } from "./watches.ts";

const TOPICS: readonly Topic[] = [
  crud,
  requests,
  metadataRules,
  conflicts,
  generations,
  patches,
  apply,
  foretoldApplies,
  managedFields,
  lists,
  selectors,
  watches,
  crdLifecycle,
  crdValidation,
  defaulting,
  numbers,
  texts,
  nulls,
  durations,
  statusSubresource,
  messages,
  finalizers,
  garbageCollection,
  namespaces,
  rbac,
  policies,
  tokens,
  secrets,
  events,
  leases,
  disruptionBudgets,
  pods,
  sizes,
  discovery,
  tables,
  protobuf,
];

/** What both API servers, the embedded and the real one, have to do alike. */
export function contractSuite(name: string, start: () => Promise<ContractServer>): void {
  describe(`the contract on ${name}`, () => {
    let server: ContractServer | undefined;
    let connection: Connection | undefined;

    before(async () => {
      server = await start();
      connection = connect(server);
      await installCRD(connection.client, thingsCRD, things("default"));
    });
    after(async () => {
      await connection?.close();
      await server?.stop();
    });

    const client = (): ContractClient => {
      if (connection === undefined) {
        throw new Error("the server is not there yet");
      }
      return connection.client;
    };
    for (const topic of TOPICS) {
      topic(client);
    }
  });
}
