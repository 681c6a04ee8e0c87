import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { startTokenRegistry, type RegistryAuth, type TokenRegistry } from "../../test/support/token-registry.ts";
import { fixedCredentials } from "../kube/credentials.ts";
import { createTransport } from "../kube/http-transport.ts";
import { findAnyTag, findManifests, parseChallenge, RegistryError, type RegistryAccess } from "./registry.ts";
import type { RegistryLogin } from "./registry-login.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const manifests = { "a/chart:1.0.0": DIGEST };
const repository = "a/chart";
const right: RegistryLogin = { username: "puller", password: "p@ss:word" };

function accessWith(login?: RegistryLogin): RegistryAccess {
  const credentials = fixedCredentials({ headers: {} });
  return {
    login,
    userAgent: "test",
    signal: new AbortController().signal,
    connect: (server) => createTransport({ server, insecureSkipTlsVerify: false, credentials }),
  };
}

function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function isRefused(error: unknown): boolean {
  return error instanceof RegistryError && error.why === "refused";
}

for (const auth of ["none", "basic", "bearer"] as const satisfies readonly RegistryAuth[]) {
  describe(`a registry with the authentication ${auth}`, () => {
    let registry: TokenRegistry;
    before(async () => {
      registry = await startTokenRegistry({ auth, login: "puller:p@ss:word", manifests });
    });
    after(() => registry.close());

    it("gives the digest of what there is, and an error for what there is not", async () => {
      const at = { host: registry.host, repository };

      const [found, missing] = await findManifests(at, ["1.0.0", "2.0.0"], accessWith(right));

      assert.equal(found, DIGEST);
      assert.ok(missing instanceof RegistryError);
      assert.equal(missing.why, "missing");
      assert.match(missing.message, /MANIFEST_UNKNOWN/u);
    });

    it("names a tag", async () => {
      assert.equal(await findAnyTag({ host: registry.host, repository }, accessWith(right)), "1.0.0");
    });

    it("refuses a wrong login, unless it needs none", async () => {
      for (const login of [undefined, { username: "puller", password: "wrong" }]) {
        const asked = findManifests({ host: registry.host, repository }, ["1.0.0"], accessWith(login));
        const error = await errorOf(asked.then(([first]) => (first instanceof Error ? Promise.reject(first) : first)));

        assert.equal(isRefused(error), auth !== "none", String(error));
        assert.doesNotMatch(String(error), /wrong/u);
      }
    });
  });
}

describe("a registry that gives out tokens", () => {
  it("is shown a refresh token instead of a password", async (test) => {
    const registry = await startTokenRegistry({ auth: "bearer", login: "refresh", manifests });
    test.after(() => registry.close());
    const at = { host: registry.host, repository };

    assert.deepEqual(await findManifests(at, ["1.0.0"], accessWith({ identityToken: "refresh" })), [DIGEST]);
    assert.ok(registry.requests.includes("POST /token"));
  });

  it("is shown an access token as it is", async (test) => {
    const registry = await startTokenRegistry({ auth: "bearer", login: "other", manifests });
    test.after(() => registry.close());
    const login = { registryToken: "access-token-of-the-registry" };

    assert.deepEqual(await findManifests({ host: registry.host, repository }, ["1.0.0"], accessWith(login)), [DIGEST]);
  });

  it("cannot lead to an address that is none of HTTP", async (test) => {
    const registry = await startTokenRegistry({ auth: "bearer", manifests, realm: "file:///etc/passwd" });
    test.after(() => registry.close());

    const error = await errorOf(findManifests({ host: registry.host, repository }, ["1.0.0"], accessWith(right)));

    assert.ok(error instanceof RegistryError);
    assert.equal(error.why, "unexpected");
  });
});

describe("a registry that does not listen", () => {
  it("is unreachable", async () => {
    const registry = await startTokenRegistry({ auth: "none", manifests });
    await registry.close();

    const error = await errorOf(findManifests({ host: registry.host, repository }, ["1.0.0"], accessWith()));

    assert.ok(error instanceof RegistryError);
    assert.equal(error.why, "unreachable");
  });
});

describe("parseChallenge", () => {
  it("reads a scheme and its parameters", () => {
    const header = 'Bearer realm="https://auth.example/token",service=r.example,scope="repository:a/b:pull,push"';

    assert.deepEqual(parseChallenge(header), {
      scheme: "bearer",
      parameters: { realm: "https://auth.example/token", service: "r.example", scope: "repository:a/b:pull,push" },
    });
  });

  it("reads a scheme alone, and nothing where there is none", () => {
    assert.deepEqual(parseChallenge("Basic"), { scheme: "basic", parameters: {} });
    assert.equal(parseChallenge(""), undefined);
  });
});
