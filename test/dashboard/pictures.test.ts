import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import type { Browser, Page } from "playwright-core";

import { startDashboardProcess } from "../../ground/dashboard-process.ts";
import { makeTrouble, TROUBLES, type Trouble } from "../../sandbox/trouble.ts";
import { awaitTenants } from "../support/await-tenants.ts";
import { install } from "../support/install.ts";
import { configRef, kindOf } from "../support/kinds.ts";
import { startRunningWorld, type World } from "../support/world.ts";
import { openTab, startBrowser } from "../support/browser.ts";

/** Folder in which the pictures of the documents are renewed. Without it they are taken, and thrown away. */
const PICTURES = process.env["PICTURES"];
const TENANTS = PICTURES === undefined ? TROUBLES.length + 2 : 200;
const TEAMS = ["atlas", "borealis", "cirrus", "delta", "ember", "fjord", "garnet", "harbor"] as const;
const STAGES = ["dev", "prod"] as const;

const started = await startBrowser();

describe("the dashboard of a real provider", { skip: typeof started === "string" && started }, () => {
  const browser = started as Browser;
  const cleanup = new AsyncDisposableStack();
  let world: World;
  let trouble: Trouble;
  let address: string;

  before(async () => {
    cleanup.defer(() => browser.close());
    world = await startRunningWorld({ pollInterval: "1h" });
    cleanup.defer(() => world.stop());
    const { ground, platform, onboarding } = world;
    const tenants = await Promise.all(
      Array.from({ length: TENANTS }, (_, index) => install(world, { name: nameOf(index), namespace: homeOf(index) })),
    );
    const place = { ground, platform, onboarding, kind: kindOf("ocm"), settings: configRef() };
    trouble = await makeTrouble(place, tenants);
    const dashboard = await startDashboardProcess({
      kubeconfigPath: ground.platform.kubeconfigPath,
      onboardingKubeconfigPath: ground.onboarding.kubeconfigPath,
      logPath: join(ground.folder, "dashboard.log"),
    });
    cleanup.defer(() => dashboard.stop());
    ({ address } = dashboard);
  });
  after(() => cleanup.disposeAsync());

  for (const colorScheme of ["dark", "light"] as const) {
    it(`shows every trouble at a glance, and what is behind it: ${colorScheme}`, async (t) => {
      const { page, complaints } = await openTab(browser, address, {
        t,
        colorScheme,
        viewport: { width: 1440, height: 1040 },
      });

      for (const [reason, victims] of Map.groupBy(trouble.victims, (victim) => victim.reason)) {
        await page.getByRole("button", { name: `${reason} ${victims.length}`, exact: true }).waitFor();
      }
      const { name } = trouble.victims.find((victim) => victim.trouble === "refused credentials") ?? assert.fail();
      await rowOf(page, name).click();
      await page.getByRole("article").filter({ hasText: "OCIRepository" }).getByText("UNAUTHORIZED").first().waitFor();
      await page.mouse.move(0, 0);
      await takePicture(page, `dashboard-${colorScheme}.png`);

      assert.deepEqual(complaints, []);
    });
  }

  it("shows that the causes are gone", async (t) => {
    const { page, complaints } = await openTab(browser, address, { t });
    await page.locator(".figure.failing").waitFor();

    await trouble.mend();

    await page.locator(".figure.ready", { hasText: "0 need attention" }).waitFor();
    await awaitTenants(world.platform, { total: TENANTS, ready: TENANTS, failing: 0 });
    assert.deepEqual(complaints, []);
  });
});

function nameOf(index: number): string {
  return `mcp-${String(index + 1).padStart(3, "0")}`;
}

function homeOf(index: number): string {
  return `project-${TEAMS[index % TEAMS.length]}--ws-${STAGES[Math.floor(index / TEAMS.length) % STAGES.length]}`;
}

function rowOf(page: Page, name: string): ReturnType<Page["locator"]> {
  return page.locator(".row").filter({ has: page.getByText(name, { exact: true }) });
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) {
    await mkdir(PICTURES, { recursive: true });
  }
  const path = PICTURES === undefined ? undefined : join(PICTURES, name);
  const picture = await page.screenshot(path === undefined ? {} : { path });
  assert.notEqual(picture.length, 0);
}
