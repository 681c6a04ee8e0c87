import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Resource } from "../kube/resource.ts";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { bearerTokenOf, DelegatedAccess, type Verdict } from "./delegated-access.ts";
import { createLogger } from "./log.ts";

type Status = Readonly<Record<string, unknown>>;

const ALLOWED = ["tokenreviews", "subjectaccessreviews"];

/** Plays an API server that knows one token, and counts the reviews it is asked for. */
class Reviews {
  readonly asked: string[] = [];
  readonly specs: Status[] = [];
  user: Status | undefined = { username: "scraper", uid: "1", groups: ["g"], extra: { a: ["b"] } };
  isAllowed = true;
  failure: Error | undefined;
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();

  readonly review = async (resource: Resource, spec: Status): Promise<Status> => {
    this.asked.push(resource.plural);
    this.specs.push(spec);
    await this.gate;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    if (resource.plural === "subjectaccessreviews") {
      return { allowed: this.isAllowed };
    }
    return spec["token"] === "good" && this.user !== undefined
      ? { authenticated: true, user: this.user }
      : { authenticated: false, user: {}, error: "invalid bearer token" };
  };
}

function setUp(): {
  readonly reviews: Reviews;
  readonly clock: FakeClock;
  readonly ask: (token?: string) => Promise<Verdict>;
  readonly lines: string[];
} {
  const [reviews, clock, lines] = [new Reviews(), new FakeClock(), [] as string[]];
  const log = createLogger({ level: "debug", pretty: false, stream: { write: (line) => void lines.push(line) } });
  const signal = new AbortController().signal;
  const access = new DelegatedAccess({ client: reviews, path: "/metrics", clock, log, signal });
  return { reviews, clock, lines, ask: (token = "good") => access.judge(`Bearer ${token}`) };
}

const SERVED = { status: 200 };
const UNAUTHORIZED = { status: 401, message: "Unauthorized" };
const DENIED = { status: 403, message: "Authorization denied for user scraper" };
const BUSY = { status: 429, message: "Too Many Requests" };

describe("bearerTokenOf", () => {
  it("reads a header as API servers do", () => {
    for (const [header, token] of [
      [undefined, undefined],
      ["", undefined],
      ["Bearer", undefined],
      ["Bearer ", undefined],
      ["Bearer  a", undefined],
      ["Basic a", undefined],
      ["a", undefined],
      ["Bearer a", "a"],
      [" bearer a ", "a"],
      ["BEARER a b", "a"],
    ] as const) {
      assert.equal(bearerTokenOf(header), token, header ?? "none");
    }
  });
});

describe("DelegatedAccess", () => {
  it("serves who may get the path, and asks the API server as the user that the token has", async () => {
    const { reviews, ask } = setUp();

    assert.deepEqual(await ask(), SERVED);
    assert.deepEqual(reviews.asked, ALLOWED);
    assert.deepEqual(reviews.specs, [
      { token: "good" },
      {
        user: "scraper",
        uid: "1",
        groups: ["g", "system:authenticated"],
        extra: { a: ["b"] },
        nonResourceAttributes: { path: "/metrics", verb: "get" },
      },
    ]);
  });

  it("asks nobody about a request without a token", async () => {
    const { reviews } = setUp();
    const log = createLogger({ level: "silent", pretty: false });
    const { signal } = new AbortController();
    const access = new DelegatedAccess({ client: reviews, path: "/metrics", clock: new FakeClock(), log, signal });

    assert.deepEqual(await access.judge(undefined), UNAUTHORIZED);
    assert.deepEqual(await access.judge("Basic good"), UNAUTHORIZED);
    assert.deepEqual(reviews.asked, []);
  });

  it("refuses a bad token with 401, and a user without the right with 403", async () => {
    const { reviews, ask } = setUp();
    reviews.isAllowed = false;

    assert.deepEqual(await ask("bad"), UNAUTHORIZED);
    assert.deepEqual(await ask(), DENIED);
  });

  it("believes no review that names no user", async () => {
    const { reviews, ask } = setUp();
    reviews.user = { groups: ["system:masters"] };

    assert.deepEqual(await ask(), UNAUTHORIZED);
  });

  it("asks again for a token after a minute, and for a right after five, or half a minute where it was refused", async () => {
    const { reviews, clock, ask } = setUp();
    reviews.isAllowed = false;
    await ask();
    reviews.isAllowed = true;

    await clock.advance(29_000);
    assert.deepEqual(await ask(), DENIED);
    await clock.advance(2000);
    assert.deepEqual(await ask(), SERVED);
    assert.deepEqual(reviews.asked, [...ALLOWED, "subjectaccessreviews"]);

    reviews.isAllowed = false;
    await clock.advance(4 * 60_000);
    assert.deepEqual(await ask(), SERVED);
    assert.deepEqual(reviews.asked.slice(3), ["tokenreviews"]);
    await clock.advance(61_000);
    assert.deepEqual(await ask(), DENIED);
    assert.deepEqual(reviews.asked.slice(4), ALLOWED);
  });

  it("takes a token for bad within a minute after it was revoked, and asks again a minute later", async () => {
    const { reviews, clock, ask } = setUp();
    await ask();
    const { user } = reviews;
    reviews.user = undefined;

    await clock.advance(61_000);
    assert.deepEqual(await ask(), UNAUTHORIZED);
    reviews.user = user;
    assert.deepEqual(await ask(), UNAUTHORIZED);
    await clock.advance(61_000);
    assert.deepEqual(await ask(), SERVED);
  });

  it("asks once for a token that comes many times at once", async () => {
    const { reviews, ask } = setUp();
    const gate = Promise.withResolvers<void>();
    reviews.gate = gate.promise;

    const verdicts = Promise.all(Array.from({ length: 50 }, () => ask()));
    gate.resolve();

    assert.deepEqual(new Set(await verdicts), new Set([SERVED]));
    assert.deepEqual(reviews.asked, ALLOWED);
  });

  it("asks little of the API server in a flood of bad tokens, which never delays a client that is known", async () => {
    const { reviews, clock, ask } = setUp();
    await ask();
    await clock.advance(61_000);
    reviews.asked.length = 0;

    const verdicts = await Promise.all(Array.from({ length: 500 }, (_, index) => ask(`bad-${index}`)));

    assert.equal(verdicts.filter(({ status }) => status === 401).length, 10);
    assert.deepEqual(verdicts.at(-1), BUSY);
    assert.equal(reviews.asked.length, 10);
    assert.deepEqual(await ask(), SERVED);
    await clock.advance(1000);
    assert.deepEqual(await ask("bad-499"), UNAUTHORIZED);
  });

  it("has few reviews of unknown tokens at a time, however slow the API server is", async () => {
    const { reviews, clock, ask } = setUp();
    const gate = Promise.withResolvers<void>();
    reviews.gate = gate.promise;

    const first = Array.from({ length: 10 }, (_, index) => ask(`bad-${index}`));
    await clock.advance(2000);

    assert.deepEqual(await ask("bad-10"), BUSY);
    gate.resolve();
    assert.deepEqual(new Set(await Promise.all(first)), new Set([UNAUTHORIZED]));
    assert.deepEqual(await ask("bad-10"), UNAUTHORIZED);
  });

  it("answers 500 while the API server fails, says so once in the log, and keeps no failure", async () => {
    const { reviews, clock, ask, lines } = setUp();
    reviews.failure = new Error("down");
    const failed = { status: 500, message: "Authentication failed" };

    assert.deepEqual([await ask(), await ask()], [failed, failed]);
    assert.equal(lines.length, 1);
    reviews.failure = undefined;
    assert.deepEqual(await ask(), SERVED);

    // The token is known for a minute from here, the right for 50 s.
    await clock.advance(250_000);
    await ask();
    reviews.failure = new Error("down");
    await clock.advance(55_000);
    assert.deepEqual(await ask(), { status: 500, message: "Authorization for user scraper failed" });
    assert.equal(lines.length, 2);
    assert.doesNotMatch(lines.join(""), /good|scraper/u);
  });

  it("waits no longer than ten seconds for an answer", async () => {
    const { reviews, clock, ask } = setUp();
    reviews.gate = new Promise(() => undefined);

    const verdict = ask();
    await clock.advance(10_000);

    assert.deepEqual(await verdict, { status: 500, message: "Authentication failed" });
  });
});
