import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClosableTransport, readText, type TransportRequest } from "./transport.ts";
import { NotFoundError, UnreachableError } from "./errors.ts";
import { renewableTransport } from "./renewable-transport.ts";
import { settle } from "./testing/manual-clock.ts";
import { chunksOf, openEnded, Script, type Step } from "./testing/script.ts";

type Access = ClosableTransport & { readonly script: Script; readonly isClosed: () => boolean };

function access(...steps: readonly Step[]): Access {
  const script = new Script(...steps);
  let closed = false;
  const close = (): Promise<void> => {
    closed = true;
    return Promise.resolve();
  };
  return Object.assign((request: TransportRequest) => script.transport(request), {
    close,
    script,
    isClosed: () => closed,
  });
}

function get(path: string): TransportRequest {
  return { method: "GET", path, headers: {}, signal: new AbortController().signal };
}

/** Loads the given transports one after the other, and counts the loads. */
function loading(...accesses: readonly (Access | Error)[]): {
  readonly load: () => Promise<ClosableTransport>;
  readonly loads: () => number;
} {
  let count = 0;
  const load = async (): Promise<ClosableTransport> => {
    const next = accesses[count];
    count += 1;
    await settle();
    if (next === undefined || next instanceof Error) {
      throw next ?? new Error("unexpected load");
    }
    return next;
  };
  return { load, loads: () => count };
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield* chunksOf("event\n");
  throw new Error("cut off");
}

const refused: Step = { expect: "GET /version", status: 401 };
const answered: Step = { expect: "GET /version", text: "ok" };
const watched: Step = { expect: "GET /pods", chunks: openEnded("event\n") };

describe("renewableTransport", () => {
  it("loads once, when the first requests come", async () => {
    const { load, loads } = loading(access(answered, answered));
    const transport = renewableTransport(load);
    assert.equal(loads(), 0);

    await Promise.all([transport(get("/version")), transport(get("/version"))]);

    assert.equal(loads(), 1);
  });

  it("loads anew once for many refusals, and repeats each request", async () => {
    const old = access(refused, refused, refused);
    const { load, loads } = loading(old, access(answered, answered, answered));
    const transport = renewableTransport(load);

    const responses = await Promise.all([1, 2, 3].map(() => transport(get("/version"))));

    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(loads(), 2);
    assert.ok(old.isClosed());
  });

  it("hands the second refusal on", async () => {
    const { load, loads } = loading(access(refused), access(refused));

    const response = await renewableTransport(load)(get("/version"));

    assert.deepEqual([response.status, loads()], [401, 2]);
  });

  it("ends open watches when renewed, and closes the old access", async () => {
    const old = access(watched);
    const { load } = loading(old, access(answered));
    const transport = renewableTransport(load);
    const { body } = await transport(get("/pods?watch=true"));
    const reading = readText(body, 100);

    await transport.renew();

    assert.equal(await reading, "event\n");
    assert.ok(old.isClosed());
    assert.equal((await transport(get("/version"))).status, 200);
  });

  it("ends a watch that is just being opened when renewed", async () => {
    const { load } = loading(access({ expect: "GET /pods", isSilent: true }), access());
    const transport = renewableTransport(load);
    const opening = transport(get("/pods?watch=true"));
    await settle();
    await settle();

    await transport.renew();

    const { status, body } = await opening;
    assert.deepEqual([status, await readText(body, 100)], [200, ""]);
  });

  it("reports a watch that breaks or fails by itself", async () => {
    const { load } = loading(
      access({ expect: "GET /pods", chunks: broken() }, { expect: "GET /pods", failure: new Error("refused") }),
    );
    const transport = renewableTransport(load);

    const { body } = await transport(get("/pods?watch=true"));

    await assert.rejects(readText(body, 100), /cut off/);
    await assert.rejects(transport(get("/pods?watch=true")), /refused/);
  });

  it("lets other requests end before it closes the old access", async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      await gate.promise;
      yield* chunksOf("late");
    }
    const { load } = loading(access({ expect: "GET /version", chunks: slow() }), access());
    const transport = renewableTransport(load);
    const { body } = await transport(get("/version"));

    await transport.renew();
    gate.resolve();

    assert.equal(await readText(body, 100), "late");
  });

  it("keeps the old access when a renewal fails", async () => {
    const { load } = loading(access(answered, answered), new Error("secret is gone"));
    const transport = renewableTransport(load);
    await transport(get("/version"));

    await assert.rejects(transport.renew(), /cannot load the access: secret is gone/);

    assert.equal((await transport(get("/version"))).status, 200);
  });

  it("does not pass an error about the access off as one about the object", async () => {
    const { load } = loading(new NotFoundError('secrets "kubeconfig" not found'));

    await assert.rejects(renewableTransport(load)(get("/version")), UnreachableError);
  });

  it("loads once more when renewed while it is loading", async () => {
    const { load, loads } = loading(access(answered), access(answered));
    const transport = renewableTransport(load);
    const request = transport(get("/version"));

    await transport.renew();

    assert.equal((await request).status, 200);
    assert.equal(loads(), 2);
  });

  it("sends nothing once closed", async () => {
    const first = access(answered);
    const { load, loads } = loading(first);
    const transport = renewableTransport(load);
    await transport(get("/version"));

    await transport.close();

    await assert.rejects(transport(get("/version")), /closed/);
    assert.equal(loads(), 1);
    assert.ok(first.isClosed());
  });
});
