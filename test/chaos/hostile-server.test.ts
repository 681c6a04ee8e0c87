import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { conditionOf, isReady } from "../support/ocm-status.ts";
import { isWatch } from "./components.ts";
import { type Answer, chunkOf, type Exchange, type Interference } from "./exchange.ts";
import { find, other, startTwo, victim } from "./two-tenants.ts";

/** What is answered instead of a control plane; undefined where it answers itself. */
type Server = (exchange: Exchange) => Answer | undefined;

const namespace = tenantNamespace(victim.name, victim.namespace);
const KUBECONFIG = "ocm.services.openmcp.cloud--shared-name--mcp.kubeconfig";
const MEGABYTE = Buffer.alloc(1_000_000, "x");
const component = {
  apiVersion: "delivery.ocm.software/v1alpha1",
  kind: "Component",
  metadata: { name: "mine", namespace: "default", resourceVersion: "1" },
};

async function* withoutEnd(start = ""): AsyncGenerator<Uint8Array> {
  yield Buffer.from(start);
  for (;;) {
    yield MEGABYTE;
  }
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

const answer = (body: AsyncIterable<Uint8Array>, status = 200): Answer =>
  Promise.resolve({ status, headers: {}, body });
const pageOf = (next: string, ...items: readonly object[]): object => ({
  metadata: { resourceVersion: "1", continue: next },
  items,
});

const kinds = Array.from({ length: 10_000 }, (_, number) => ({ name: `k${number}`, kind: "K", verbs: ["list"] }));
const isOfComponents = ({ path }: Exchange["request"]): boolean => path.includes("/components?");

const onControlPlane =
  (serve: Server): Interference =>
  (exchange, send) =>
    (exchange.cluster === namespace ? serve(exchange) : undefined) ?? send(exchange);

/** No API server stores a Secret of that size; nothing says that it is one that answers. */
function withKubeconfig(text: string): Interference {
  const data = { kubeconfig: Buffer.from(text).toString("base64") };
  const secret = JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: KUBECONFIG, namespace }, data });
  const bytes = Buffer.from(secret);
  return (exchange, send) => {
    const isAsked = exchange.cluster === "platform" && exchange.request.path.endsWith(`/${KUBECONFIG}`);
    return isAsked ? answer(chunk(bytes)) : send(exchange);
  };
}

const SILENT = /^waiting for the control plane to answer/;
const UNUSABLE = /^a cluster that is needed here gives an answer that cannot be used/;

/** What the provider is answered on behalf of a tenant, what the OCM object then says, and what the operator is told. */
const hostile: Readonly<Record<string, readonly [Interference, RegExp, RegExp?]>> = {
  "a kubeconfig of more than a megabyte": [
    withKubeconfig(`# ${"x".repeat(1_100_000)}`),
    SILENT,
    /kubeconfig: found 1100002 characters, expected at most 1048576$/,
  ],
  "a kubeconfig of ten megabytes": [
    withKubeconfig(`# ${"x".repeat(10_000_000)}`),
    SILENT,
    /secrets\/.*\.kubeconfig: expected an answer of at most 10000000 bytes, found more/,
  ],
  "an answer without end": [
    onControlPlane(() => answer(withoutEnd('{"items":["'))),
    UNUSABLE,
    /: GET .*: expected an answer of at most 10000000 bytes, found more/,
  ],
  "a refusal without end": [
    onControlPlane(() => answer(withoutEnd(), 500)),
    /^a cluster that is needed here has refused a request \(500\)/,
    /: GET .*: the answer carries no message \(500 Unknown\)$/,
  ],
  "kinds without end": [
    onControlPlane(({ request }) =>
      request.path.endsWith("/delivery.ocm.software/v1alpha1") ? answer(chunkOf({ resources: kinds })) : undefined,
    ),
    UNUSABLE,
    /: expected at most 200 kinds of delivery.ocm.software, found 10000$/,
  ],
  "a list without end": [
    onControlPlane(({ request }) => (isOfComponents(request) ? answer(withoutEnd('{"items":["')) : undefined)),
    UNUSABLE,
    /: GET .*\/components: expected an answer of at most 20000000 bytes, found more/,
  ],
  "a name of a megabyte": [
    onControlPlane(({ request }) =>
      isOfComponents(request)
        ? answer(chunkOf(pageOf("", { metadata: { name: String(MEGABYTE), resourceVersion: "1" } })))
        : undefined,
    ),
    UNUSABLE,
    /: the list of components holds a name, a namespace or a resourceVersion that no API server gives$/,
  ],
  "objects that cannot be counted": [
    onControlPlane(({ request }) => (isOfComponents(request) ? answer(chunkOf(pageOf("more", component))) : undefined)),
    /^deletion blocked: waiting for 2 objects to be removed from the control plane: Component default\/mine and 1 more$/,
  ],
  "pages without end": [
    onControlPlane(({ request }) =>
      request.path.includes("/secrets?")
        ? answer(chunkOf(pageOf("more", { metadata: component.metadata, data: String(MEGABYTE) })))
        : undefined,
    ),
    UNUSABLE,
    /: GET .*: expected a list of at most 20000000 bytes in all its pages, found more/,
  ],
  "a change without end": [
    onControlPlane(({ request }) => {
      if (isWatch(request)) {
        return answer(withoutEnd('{"type":"ADDED","object":{"'));
      }
      return isOfComponents(request) ? answer(chunkOf(pageOf("", component))) : undefined;
    }),
    /^deletion blocked: waiting for 1 object to be removed from the control plane: Component default\/mine$/,
  ],
};

describe("somebody who means ill", () => {
  for (const [what, [lie, message, cause]] of Object.entries(hostile)) {
    it(`has ${what} heard no further than its limit and told of, and holds up nobody else`, async () => {
      const { world, rules } = await startTwo();
      const before = find(world, other);

      world.interferences.push(lie);
      await world.ground.onboarding.client.delete(ref("ocm", victim.name, victim.namespace));
      await world.clock.advance(120_000);
      const during = find(world, victim);
      const told = await world.ground.platform.client.list(kindOf("event", "default"));
      await rules.checkSecrecy();
      world.interferences.pop();
      await world.clock.runUntil(world.until(() => find(world, victim) === undefined));

      assert.ok(during !== undefined);
      assert.equal(during.status?.phase, "Terminating");
      assert.match(conditionOf(during, "Ready")?.message ?? "", message);
      assert.doesNotMatch(conditionOf(during, "Ready")?.message ?? "", /GET|\/apis?\//);
      assert.ok(
        cause === undefined ||
          told.some(({ reason, message: text }) => reason === "ReconcileFailed" && cause.test(String(text))),
      );
      assert.ok(before !== undefined && isReady(before));
      assert.deepEqual(find(world, other), before);
      assert.deepEqual(rules.violations, []);
      await world.stop();
    });
  }
});
