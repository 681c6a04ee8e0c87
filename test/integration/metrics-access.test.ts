import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { freePort } from "../../ground/free-ports.ts";
import type { ProviderProcess } from "../../ground/provider-process.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { documentedRights } from "../support/documented-rights.ts";
import { createLimitedAccount } from "../support/limited-account.ts";
import { createScraper, scrape, type Scraped } from "../support/scraper.ts";
import { POD_NAMESPACE, prepare, startWorld, type World } from "../support/world.ts";

const REVIEWS = ["tokenreviews", "subjectaccessreviews"];

describe("secure metrics", () => {
  let world: World;
  let provider: ProviderProcess;
  let address: string;
  let scraper: string;
  let stranger: string;
  before(async () => {
    world = await startWorld();
    await prepare(world);
    scraper = await createScraper(world.platform, { name: "scraper", mayScrape: true });
    stranger = await createScraper(world.platform, { name: "stranger", mayScrape: false });
    address = `127.0.0.1:${await freePort()}`;
    provider = await world.run({ args: [`--metrics-bind-address=${address}`, "--verbosity=DEBUG"] });
  });
  after(() => world.stop());

  it("are served to an account that may get /metrics", async () => {
    // A real API server takes a moment to learn of roles, and a refusal is kept for half a minute.
    const { text } = await awaitStatus(200, { address, token: scraper });

    assert.match(text, /^controller_runtime_/mu);
  });

  it("are refused without a token, and with one that nobody knows", async () => {
    const refused = { status: 401, text: "Unauthorized\n" };

    assert.deepEqual(await scrape(address), refused);
    assert.deepEqual(await scrape(address, { token: "unknown" }), refused);
  });

  it("are refused to an account that has not this right", async () => {
    assert.deepEqual(await scrape(address, { token: stranger }), {
      status: 403,
      text: `Authorization denied for user system:serviceaccount:${POD_NAMESPACE}:stranger\n`,
    });
  });

  it("leave the probes open", async () => {
    for (const page of ["healthz", "readyz"]) {
      assert.equal((await fetch(`${provider.healthURL}/${page}`)).status, 200);
    }
  });

  it("cost the API server no review while the last one counts", async () => {
    await scrape(address, { token: scraper });
    const earlier = await reviews();

    for (let times = 0; times < 20; times += 1) {
      assert.equal((await scrape(address, { token: scraper })).status, 200);
    }

    // One minute of a token may end meanwhile.
    assert.ok((await reviews()) - earlier <= 1);
  });

  it("survive a flood of bad tokens, which costs the API server little", async () => {
    const earlier = await reviews();
    const tokens = Array.from({ length: 300 }, (_, index) => `bad-${index}`);
    const began = Date.now();

    const answers = await Promise.all(tokens.map((token) => scrape(address, { token })));

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401, 429]));
    const seconds = Math.ceil((Date.now() - began) / 1000);
    assert.ok((await reviews()) - earlier <= 10 * (seconds + 1), "at most ten a second");
    assert.equal((await scrape(address, { token: scraper })).status, 200);
  });

  it("name neither tokens nor users in the log", async () => {
    const text = await readFile(provider.logPath, "utf8");

    for (const secret of [scraper, stranger, "scraper", "stranger", "unknown"]) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  it("are refused to everybody while the provider has no right to ask", async () => {
    const rights = documentedRights("Platform cluster").filter(({ command }) => command === "run");
    const fewer = rights.filter(({ rule }) => !rule.resources?.some((resource) => REVIEWS.includes(resource)));
    assert.ok(fewer.length < rights.length);
    const kubeconfigPath = await createLimitedAccount(world, "limited", fewer);
    const elsewhere = `127.0.0.1:${await freePort()}`;
    await world.run({ kubeconfigPath, args: [`--metrics-bind-address=${elsewhere}`] });

    const answer = await scrape(elsewhere, { token: scraper });

    assert.deepEqual(answer, { status: 500, text: "Authentication failed\n" });
  });

  async function reviews(): Promise<number> {
    const requests = await world.ground.requests(world.ground.platform);
    return requests.filter(({ path }) => REVIEWS.some((resource) => path.endsWith(`/${resource}`))).length;
  }
});

async function awaitStatus(
  status: number,
  { address, token }: { readonly address: string; readonly token: string },
): Promise<Scraped> {
  let answer: Scraped = { status: 0, text: "" };
  await waitUntil(
    async () => {
      answer = await scrape(address, { token });
      return answer.status === status;
    },
    { what: `/metrics answers ${status}`, withinMs: 60_000 },
  );
  return answer;
}
