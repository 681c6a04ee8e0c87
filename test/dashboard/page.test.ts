import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";

import axe from "axe-core";
import type { Browser, Page } from "playwright-core";

import { openTab, startBrowser, type Tab, type TabOptions } from "../support/browser.ts";
import { madeUpRow, madeUpTree } from "../support/made-up-tenants.ts";
import { type MadeUp, madeUpFeed, serveMadeUp } from "../support/serve-made-up.ts";

const started = await startBrowser();
const TENANTS = 200;

describe("the page of the dashboard", { skip: typeof started === "string" && started }, () => {
  const browser = started as Browser;
  const servers: MadeUp[] = [];
  let served: MadeUp;

  // They end after the browser: a connection that a server has closed is an error on the page.
  async function serve(...args: Parameters<typeof serveMadeUp>): Promise<MadeUp> {
    const server = await serveMadeUp(...args);
    servers.push(server);
    return server;
  }

  before(async () => {
    served = await serve(madeUpFeed(TENANTS));
  });
  after(async () => {
    await browser.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  /** The page with its tenants. In the end, nothing may have been wrong on it. */
  async function shown(t: TestContext, options: TabOptions & { readonly of?: MadeUp } = {}): Promise<Page> {
    const { of = served, ...tabOptions } = options;
    const { page, complaints } = await openTab(browser, of.address, { t, ...tabOptions });
    if (options.isOffline !== true) {
      t.after(() => assert.deepEqual(complaints, []));
    }
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
    await page.locator(".found", { hasText: /^\d/u }).waitFor();
    return page;
  }

  it("shows at a glance how all tenants are, and those first that need somebody", async (t) => {
    const page = await shown(t);

    assert.equal(await page.locator(".figure").first().textContent(), "200 OCM tenants");
    assert.equal(await page.locator(".figure").nth(1).textContent(), "16 need attention");
    assert.match((await rows(page).first().textContent()) ?? "", /ClusterUnreachable/u);
    await page.waitForFunction(() => document.title === "16 failing · service-provider-ocm");
  });

  it("filters by what is clicked and what is typed, and keeps that in its address", async (t) => {
    const page = await shown(t);

    await page.getByRole("button", { name: /^InstallFailed/u }).click();
    await finds(page, "4 of 200 tenants");
    await page.getByRole("searchbox").fill("atlas dev");
    await finds(page, "0 of 200 tenants");
    await page.getByRole("searchbox").fill("ember");
    await finds(page, "4 of 200 tenants");
    await page.waitForURL(/text=ember/u);
    await page.reload();
    await finds(page, "4 of 200 tenants");
    await page.getByRole("button", { name: "Show all" }).click();
    await finds(page, "200 tenants");
  });

  it("finds a tenant by the name of a namespace on the platform", async (t) => {
    const page = await shown(t);
    const { platformNamespace, name } = madeUpRow(123);

    await page.getByRole("searchbox").fill(platformNamespace);

    await finds(page, "1 of 200 tenants");
    assert.equal(await rows(page).locator(".who b").textContent(), name);
  });

  it("shows the objects of a tenant, with the Events of what fails", async (t) => {
    const page = await shown(t);

    await rows(page).filter({ hasText: "ChartUnavailable" }).first().click();

    const detail = page.getByRole("region", { name: /^mcp-/u });
    await detail.getByText("OCIPullFailed").waitFor();
    assert.deepEqual(await detail.locator(".kind").allTextContents(), [
      "OCM",
      "AccessRequest",
      "OCIRepository",
      "HelmRelease",
      "Deployment",
    ]);
    await detail.getByRole("button", { name: "Close" }).click();
    await detail.waitFor({ state: "detached" });
  });

  it("does everything by keys alone", async (t) => {
    const page = await shown(t);
    const hasFocus = (what: string): Promise<void> => page.locator(`${what}:focus`).waitFor();

    await page.keyboard.press("/");
    await hasFocus("input");
    await page.keyboard.type("mcp-0001");
    await finds(page, "10 of 200 tenants");
    await page.keyboard.press("ArrowDown");
    await hasFocus(".list");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    await page.locator(".list[aria-activedescendant=row-8]").waitFor();
    const name = await page.locator("#row-8 .who b").textContent();
    await page.keyboard.press("Enter");
    await hasFocus("h2#detail-name");
    assert.equal(await page.locator("#detail-name").textContent(), name);
    await page.keyboard.press("Escape");
    await hasFocus(".list");

    // From the list backwards: to its order, the filter, and the counts that filter by themselves.
    await page.keyboard.press("Shift+Tab");
    await hasFocus("select");
    await page.keyboard.press("Shift+Tab");
    await hasFocus("button:text-is('Show all')");
    await page.keyboard.press("Enter");
    await finds(page, "200 tenants");
    await page.locator(".choice.failing").focus();
    await page.keyboard.press("Enter");
    await finds(page, "16 of 200 tenants");
    await page.locator(".choice.failing[aria-pressed=true]").waitFor();
  });

  it("passes the accessibility check in both colour schemes, with and without a tenant", async (t) => {
    for (const colorScheme of ["dark", "light"] as const) {
      // What the check adds to the page is not what the policy is for.
      const { page } = await openTab(browser, served.address, { t, colorScheme, bypassCSP: true });
      await rows(page).first().waitFor();
      await page.evaluate(axe.source);
      assert.deepEqual(await violations(page), [], `${colorScheme}, list`);
      await rows(page).filter({ hasText: "ChartUnavailable" }).first().click();
      await page.getByText("OCIPullFailed").waitFor();
      assert.deepEqual(await violations(page), [], `${colorScheme}, tenant`);
    }
  });

  it("moves nothing for those who do not want that", async (t) => {
    const page = await shown(t, { reducedMotion: "reduce" });

    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter((element) => {
          const { transitionDuration, transitionProperty, animationName } = getComputedStyle(element);
          return (transitionProperty !== "none" && transitionDuration !== "0s") || animationName !== "none";
        }).length,
    );

    assert.equal(moving, 0);
  });

  it("fits into a narrow window", async (t) => {
    const page = await shown(t, { viewport: { width: 420, height: 800 } });

    await rows(page).first().click();
    await page.locator(".node").first().waitFor();

    const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(isTooWide, false);
  });

  it("keeps no more of 10,000 tenants in the document than one can see", async (t) => {
    const many = await serve(madeUpFeed(10_000));
    const page = await shown(t, { of: many });
    await finds(page, "10000 tenants");

    await page.getByRole("listbox").focus();
    await page.keyboard.press("End");
    await page.locator("#row-9999").waitFor();

    assert.ok((await rows(page).count()) < 60);
    await page.getByRole("searchbox").fill("mcp-07777");
    await finds(page, "1 of 10000 tenants");
  });

  it("follows each change", async (t) => {
    const changing = await serve(madeUpFeed(3));
    const page = await shown(t, { of: changing });
    const { feed } = changing;
    const row = madeUpRow(2);
    const key = `${row.namespace}/${row.name}`;
    await rows(page).filter({ hasText: row.name }).click();
    await page.getByRole("region", { name: row.name }).getByText("Ready", { exact: true }).first().waitFor();

    feed.set(key, { ...row, phase: "Progressing", reason: "InstallFailed", message: "Helm refuses", isFailing: true });

    await page.locator(".figure.failing", { hasText: "1 needs attention" }).waitFor();
    await page.getByRole("region", { name: row.name }).getByText("Helm refuses").first().waitFor();
    feed.set(key, undefined);
    await finds(page, "2 tenants");
    assert.equal(await page.locator(".detail").count(), 0);
    feed.set("a/new", { ...row, namespace: "a", name: "new" });
    await rows(page).filter({ hasText: "new" }).waitFor();
  });

  it("says that the cluster does not answer, and when it does again", async (t) => {
    const changing = await serve(madeUpFeed(3));
    const page = await shown(t, { of: changing });

    const since = new Date(Date.now() - 90_000).toISOString();
    changing.feed.setCluster({
      type: "cluster",
      state: "lost",
      message: "The onboarding cluster cannot be read.",
      since,
    });

    await page
      .getByRole("alert")
      .filter({ hasText: /cannot be read\. What you see is 1m\d+s old\. Trying again\./u })
      .waitFor();
    assert.equal(await rows(page).count(), 3);
    changing.feed.setCluster({ type: "cluster", state: "live", message: "" });
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  });

  it("says that the command has ended, and goes on by itself when it runs again", async (t) => {
    const feed = madeUpFeed(3);
    const first = await serve(feed);
    const page = await shown(t, { of: first, isOffline: true });

    await first.close();
    await page.getByRole("alert").filter({ hasText: "The command that serves this page" }).waitFor();
    feed.set("a/new", { ...madeUpRow(2), namespace: "a", name: "new" });
    await serve(feed, { port: first.port });

    await finds(page, "4 tenants");
    assert.equal(await page.getByRole("alert").count(), 0);
  });

  it("says why objects are not shown, and shows them when they can be read", async (t) => {
    let isBroken = true;
    const broken = await serve(madeUpFeed(3), {
      readTree: async (row) => {
        if (isBroken) {
          throw new Error("the platform does not answer");
        }
        return madeUpTree(row);
      },
    });
    const page = await shown(t, { of: broken, isOffline: true });

    await rows(page).first().click();

    await page.getByText("the platform does not answer").waitFor();
    isBroken = false;
    await page.getByRole("article").filter({ hasText: "HelmRelease" }).waitFor();
    assert.equal(await page.getByText("the platform does not answer").count(), 0);
  });

  it("shows nothing to those who do not have the whole address", async (t) => {
    const tab: Tab = await openTab(browser, served.address.replace(/#.*$/u, "#token=guessed"), { t });

    await tab.page.getByRole("alert").filter({ hasText: "The token is not valid" }).waitFor();
    assert.equal(await tab.page.locator(".row").count(), 0);
  });

  it("lets nothing come from elsewhere, not even what is put into the page", async (t) => {
    const { page, complaints } = await openTab(browser, served.address, { t });
    await rows(page).first().waitFor();
    const refused = page.waitForEvent("console", { predicate: (message) => message.text().includes("evil.example") });

    await page.evaluate(() => {
      const image = document.createElement("img");
      image.src = "https://evil.example/image.png";
      document.body.append(image);
    });

    await refused;
    assert.match(complaints.join("\n"), /evil\.example.*Content Security Policy/su);
  });

  it("leaves the token neither in the address nor in a request's", async (t) => {
    const { page } = await openTab(browser, served.address, { t });
    const urls: string[] = [];
    page.on("request", (request) => urls.push(request.url()));
    await rows(page).first().click();
    await page.locator(".node").first().waitFor();

    await page.waitForURL(/#open=/u);
    assert.doesNotMatch([page.url(), ...urls].join("\n"), /made-up/u);
  });
});

function rows(page: Page): ReturnType<Page["locator"]> {
  return page.locator(".row");
}

/** Waits until the list has as many tenants. */
function finds(page: Page, words: string): Promise<void> {
  return page.getByText(words, { exact: true }).waitFor();
}

async function violations(page: Page): Promise<readonly string[]> {
  const all = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { readonly axe: typeof axe };
    return (await checker.run()).violations;
  });
  return all.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`);
}
