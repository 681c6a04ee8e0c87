import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { TenantRow } from "../inspect/tenant-row.ts";
import { Feed, type Follower } from "./feed.ts";
import type { Message, RowsMessage } from "./messages.ts";

const about = { type: "about", program: "service-provider-test", version: "1.2.3", kind: "Test" } as const;

function row(name: string, message = ""): TenantRow {
  return {
    group: "test.example",
    namespace: "a",
    name,
    phase: "Ready",
    reason: "ReconcileSuccess",
    message,
    isFailing: false,
    leads: true,
    isHeld: true,
    platformNamespace: `mcp--${name}`,
  };
}

function takeAll(follower: Follower): readonly Message[] {
  const messages: Message[] = [];
  for (let message = follower.take(); message !== undefined; message = follower.take()) {
    messages.push(message);
  }
  return messages;
}

function rowsOf(messages: readonly Message[]): readonly RowsMessage[] {
  return messages.filter((message) => message.type === "rows");
}

function completeFeed(...rows: readonly TenantRow[]): Feed {
  const feed = new Feed(about);
  rows.forEach((one) => feed.set(`a/${one.name}`, one));
  feed.complete();
  return feed;
}

describe("Feed", () => {
  it("tells who begins to follow of everything there is", () => {
    const messages = takeAll(completeFeed(row("one"), row("two")).follow());

    assert.deepEqual(messages, [
      about,
      { type: "cluster", state: "connecting", message: "" },
      { type: "rows", startsAnew: true, rows: [row("one"), row("two")], gone: [], more: 0 },
    ]);
  });

  it("tells nothing of tenants before all of them have been read", () => {
    const feed = new Feed(about);
    const follower = feed.follow();
    feed.set("a/one", row("one"));

    assert.deepEqual(rowsOf(takeAll(follower)), []);
    feed.complete();
    assert.deepEqual(rowsOf(takeAll(follower)), [
      { type: "rows", startsAnew: true, rows: [row("one")], gone: [], more: 0 },
    ]);
  });

  it("says that there is no tenant at all", () => {
    assert.deepEqual(rowsOf(takeAll(completeFeed().follow())), [
      { type: "rows", startsAnew: true, rows: [], gone: [], more: 0 },
    ]);
  });

  it("sends of many changes of a tenant the last one only", () => {
    const feed = completeFeed(row("one"), row("two"));
    const follower = feed.follow();
    takeAll(follower);

    feed.set("a/one", row("one", "first"));
    feed.set("a/one", row("one", "second"));
    feed.set("a/two", undefined);

    assert.deepEqual(takeAll(follower), [
      { type: "rows", startsAnew: false, rows: [row("one", "second")], gone: ["a/two"], more: 0 },
    ]);
    assert.deepEqual(takeAll(follower), []);
  });

  it("divides many tenants into messages, and says how many are still to come", () => {
    const feed = completeFeed(...Array.from({ length: 1200 }, (_, index) => row(`t${index}`)));
    const messages = rowsOf(takeAll(feed.follow()));

    assert.deepEqual(
      messages.map(({ startsAnew, rows, more }) => [startsAnew, rows.length, more]),
      [
        [true, 500, 700],
        [false, 500, 200],
        [false, 200, 0],
      ],
    );
  });

  it("lets who has missed too many deletions begin anew", () => {
    const feed = completeFeed(row("stays"));
    const follower = feed.follow();
    takeAll(follower);

    for (let index = 0; index <= 10_001; index += 1) {
      feed.set(`a/t${index}`, row(`t${index}`));
      feed.set(`a/t${index}`, undefined);
    }

    const [first] = takeAll(follower);
    assert.ok(first?.type === "rows" && first.startsAnew);
    assert.ok(first.rows.some(({ name }) => name === "stays"));
  });

  it("tells each change of the contact to the cluster once", () => {
    const feed = completeFeed();
    const follower = feed.follow();
    takeAll(follower);
    const lost = { type: "cluster", state: "lost", message: "no answer", since: "2026-01-01T00:00:00.000Z" } as const;

    feed.setCluster(lost);
    feed.setCluster({ ...lost, since: "2026-01-01T00:00:01.000Z" });

    assert.deepEqual(takeAll(follower), [lost]);
  });

  it("wakes who waits for news, and forgets who has gone", async () => {
    const feed = completeFeed();
    const follower = feed.follow();
    takeAll(follower);
    const woken = follower.news();
    feed.set("a/one", row("one"));
    await woken;
    takeAll(follower);

    follower.close();
    feed.set("a/two", row("two"));

    assert.deepEqual(takeAll(follower), []);
  });
});
