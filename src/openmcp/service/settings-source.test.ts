import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../../test/support/fake-clock.ts";
import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { FollowFailure } from "../../runtime/informer.ts";
import type { Look } from "../../runtime/named-informers.ts";
import type { Completed, Sighting } from "./definition.ts";
import { SettingsSource, revisionOf } from "./settings-source.ts";
import type { ServiceObject } from "./status.ts";

type Config = ServiceObject & { readonly spec: { readonly secret: string; readonly guest?: string } };
type Settings = { readonly secret: string; readonly guest?: string; readonly greeting?: string };

/** Objects of one kind; each name that was never given an answer is unknown and not settled. */
class Answers<T extends KubeObject> {
  readonly answers = new Map<string, Look<T> | FollowFailure>();
  names: ReadonlySet<string> = new Set();

  follow(names: ReadonlySet<string>): void {
    this.names = names;
  }

  look(name: string): Look<T> {
    const answer = this.names.has(name) ? this.answers.get(name) : undefined;
    return answer !== undefined && "state" in answer ? answer : { state: "unknown" };
  }

  failure(name: string): FollowFailure | undefined {
    const answer = this.answers.get(name);
    return answer !== undefined && "error" in answer ? answer : undefined;
  }

  isSettled(): boolean {
    return [...this.names].every((name) => this.answers.has(name));
  }
}

function world() {
  const secrets = new Answers<Secret>();
  const guests = new Answers<KubeObject>();
  const clock = new FakeClock();
  let current: Config | undefined;
  const stores = {
    providerConfigs: { get: (): Config | undefined => current },
    operatorSecrets: secrets,
    operatorConfigMaps: new Answers<ConfigMap>(),
    supplements: guests,
    providerName: "ocm",
    podNamespace: "system",
    clock,
    problemsOf: (): readonly string[] => [],
  };
  const source = new SettingsSource<Config, Settings>(stores, {
    read: ({ spec }) => spec,
    secretsOf: ({ secret }) => new Set([secret]),
    supplement: {
      resource: { group: "test.example", version: "v1", kind: "Guest", plural: "guests", namespaced: true },
      project: (object) => object,
      nameOf: ({ guest }) => guest,
      complete: (settings, sighting, last) => greet(settings, sighting, last.settings?.greeting),
    },
    describe: ({ greeting = "nobody" }) => ({ details: { greeting }, remarks: [] }),
  });
  const configure = (secret: string, guest?: string): void => {
    const spec = { secret, ...(guest !== undefined && { guest }) };
    current = { apiVersion: "test.example/v1", kind: "ProviderConfig", metadata: { name: "ocm" }, spec };
  };
  const invite = (name: string, resourceVersion = "1"): void => {
    const object = { apiVersion: "test.example/v1", kind: "Guest", metadata: { name, resourceVersion } };
    guests.answers.set(name, { state: "present", object });
  };
  const answer = (name: string): void => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "system" } };
    secrets.answers.set(name, { state: "present", object: secret });
  };
  return { source, secrets, guests, clock, configure, answer, invite };
}

function greet(settings: Settings, sighting: Sighting<KubeObject>, last: string | undefined): Completed<Settings> {
  if (sighting.state === "present") {
    return {
      settings: { ...settings, greeting: sighting.object.metadata.name },
      digest: sighting.object.metadata.name,
    };
  }
  const message = sighting.state === "absent" ? "nobody is there" : sighting.why;
  const greeting = last ?? "somebody";
  return {
    settings: { ...settings, greeting },
    digest: greeting,
    problem: { state: "failed", reason: "Lonely", message },
  };
}

function read(source: SettingsSource<Config, Settings>) {
  const reading = source.read();
  return "settings" in reading ? reading : assert.fail(reading.blocker.message);
}

describe("SettingsSource", () => {
  it("reads settings that stay as they are, whatever the operator changes meanwhile", () => {
    const { source, configure, answer } = world();
    configure("first");
    answer("first");
    const reading = read(source);

    configure("second");
    answer("second");
    const next = read(source);

    assert.equal(reading.operator.secret(reading.settings.secret).state, "present");
    assert.equal(next.settings.secret, "second");
    assert.equal(next.operator.secret(next.settings.secret).state, "present");
  });

  it("keeps settings in force until the first answer about what the next ones name", () => {
    const { source, configure, answer } = world();
    configure("first");
    answer("first");
    read(source);

    configure("second");
    const meanwhile = read(source);
    assert.equal(meanwhile.settings.secret, "first");
    assert.equal(meanwhile.operator.secret(meanwhile.settings.secret).state, "present");
    assert.deepEqual([source.isSettling, source.isStarting], [true, false]);
    answer("second");

    assert.equal(read(source).settings.secret, "second");
    assert.equal(source.isSettling, false);
  });

  it("brings settings into force when what they name cannot be read, and says what that is", () => {
    const { source, secrets, clock, configure } = world();
    const error = new Error("forbidden");
    configure("first");
    assert.deepEqual([source.isSettling, source.isStarting], [true, true]);
    secrets.answers.set("first", { error, sinceMs: clock.now() });

    const reading = read(source);

    assert.equal(reading.operator.secret(reading.settings.secret).state, "unknown");
    assert.deepEqual(source.unfollowed(), [{ kind: "Secret", name: "first", error }]);
  });

  it("follows only what settings in force, or the next ones, name", () => {
    const { source, secrets, configure, answer } = world();
    configure("first");
    answer("first");
    read(source);
    configure("second");
    read(source);
    const meanwhile = [...secrets.names];
    configure("third");
    answer("third");
    read(source);

    assert.deepEqual(meanwhile, ["first", "second"]);
    assert.deepEqual([...secrets.names], ["third"]);
  });
});

describe("settings that another object completes", () => {
  it("wait for the first answer about it", () => {
    const { source, configure, answer, invite } = world();
    configure("first", "ann");
    answer("first");
    const isStarting = source.isStarting;

    invite("ann");

    assert.deepEqual([isStarting, read(source).settings.greeting, source.isStarting], [true, "ann", false]);
  });

  it("change with it, and so does the revision, but not with what changes nothing", () => {
    const { source, guests, configure, answer, invite } = world();
    configure("first", "ann");
    answer("first");
    invite("ann");
    const before = read(source);
    invite("ann", "2");
    const same = read(source);

    guests.answers.set("ann", { state: "absent" });
    const kept = read(source);
    configure("first", "bob");
    invite("bob");

    assert.equal(same.revision, before.revision);
    assert.deepEqual([kept.settings.greeting, kept.revision], ["ann", before.revision]);
    assert.equal(read(source).settings.greeting, "bob");
    assert.notEqual(read(source).revision, before.revision);
  });

  it("have a problem while it cannot be read, and last what they were", () => {
    const { source, guests, clock, configure, answer, invite } = world();
    configure("first", "ann");
    answer("first");
    invite("ann");
    read(source);
    const before = source.problem;

    guests.answers.set("ann", { error: new Error("forbidden"), sinceMs: clock.now() });

    assert.equal(before, undefined);
    assert.deepEqual(source.problem, { state: "failed", reason: "Lonely", message: "forbidden" });
    assert.equal(read(source).settings.greeting, "ann");
    assert.deepEqual(source.unfollowed(), []);
  });

  it("are described as they are in force", () => {
    const { source, guests, configure, answer, invite } = world();
    const before = source.describe();
    configure("first", "ann");
    answer("first");
    invite("ann");
    const during = source.describe();

    configure("first");

    assert.deepEqual([before, during?.details], [undefined, { greeting: "ann" }]);
    assert.deepEqual(source.describe()?.details, { greeting: "nobody" });
    assert.deepEqual([...guests.names], []);
  });
});

describe("a reading of settings", () => {
  it("is the same one as long as everything in it is the same, also when only the status is written", () => {
    const { source, configure, answer, invite } = world();
    assert.equal(source.read(), source.read());
    configure("first", "ann");
    assert.equal(source.read(), source.read());
    answer("first");
    invite("ann");
    const before = source.read();

    configure("first", "ann");

    assert.ok("settings" in before);
    assert.equal(source.read(), before);
  });

  it("is another one when settings change, or an object that they name changes, comes or goes", () => {
    const { source, secrets, configure, answer, invite } = world();
    const seen = new Set([source.read()]);
    configure("first", "ann");
    seen.add(source.read());
    answer("first");
    invite("ann");
    seen.add(source.read());
    answer("first");
    seen.add(source.read());
    secrets.answers.set("first", { state: "absent" });
    seen.add(source.read());
    invite("ann", "2");
    seen.add(source.read());
    configure("first");
    seen.add(source.read());

    assert.equal(seen.size, 7);
  });
});

describe("revision of settings", () => {
  const config = {
    apiVersion: "v1",
    kind: "C",
    metadata: { name: "c", uid: "1", generation: 3, resourceVersion: "5" },
  };
  const secret = { apiVersion: "v1", kind: "S", metadata: { name: "s", uid: "2", resourceVersion: "6" } };
  const revision = revisionOf([config, secret]);

  it("moves with what the operator writes, and not with a status", () => {
    const statusWritten = { ...config, metadata: { ...config.metadata, resourceVersion: "9" } };
    const rotated = { ...secret, metadata: { ...secret.metadata, resourceVersion: "9" } };
    const changed = { ...config, metadata: { ...config.metadata, generation: 4 } };

    assert.equal(revisionOf([statusWritten, secret]), revision);
    const others = [revisionOf([config, rotated]), revisionOf([changed, secret]), revisionOf([config, undefined])];
    assert.equal(new Set([revision, ...others]).size, 4);
  });
});
