import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import { startDashboardProcess } from "../ground/dashboard-process.ts";
import { keyOfRow } from "../src/openmcp/dashboard/messages.ts";
import { startBrowser } from "../test/support/browser.ts";
import { madeUpRow } from "../test/support/made-up-tenants.ts";
import { prepare, startWorld } from "../test/support/world.ts";
import { madeUpFeed, serveMadeUp } from "../test/support/serve-made-up.ts";
import { distributionOf } from "./support/distribution.ts";
import { readOptions } from "./support/options.ts";
import { type Figure, figuresOf, print } from "./support/report.ts";
import { seedTenants } from "./support/seed-tenants.ts";
import { peakOf } from "./support/timed-answer.ts";

// How does the page feel with very many tenants: until they are there, while they are scrolled and filtered, and while
// they change? In a real Chromium without a screen, which draws 60 frames in a second.

const TENANTS = 10_000;
const CHANGES = 50;
const BUSY_MS = 100;
/** A frame that comes later than two after the one before it can be seen. */
const LATE_MS = 2.5 * (1000 / 60);

const options = readOptions(process.argv.slice(2));
const browser = await startBrowser();
if (typeof browser === "string") {
  throw new Error(browser);
}
const feed = madeUpFeed(TENANTS);
const served = await serveMadeUp(feed);
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });

print(`the page of ${TENANTS} tenants`, await measure(page), options);
await page.close();
await served.close();
print(`the command, and its page, of ${TENANTS} tenants`, await measureCommand(browser), options);
await browser.close();

async function measure(tab: Page): Promise<readonly Figure[]> {
  const startMs = performance.now();
  await tab.goto(served.address);
  await tab.locator(".row").first().waitFor();
  const firstMs = performance.now() - startMs;
  await tab.getByText(`${TENANTS} tenants`, { exact: true }).waitFor();
  const everyMs = performance.now() - startMs;
  return [
    { name: "until the first tenant is shown", value: firstMs, unit: "ms" },
    { name: "until every tenant is there", value: everyMs, unit: "ms" },
    ...(await frames(tab, "at rest", "")),
    ...(await frames(tab, "while scrolling", "list.scrollTop += 700;")),
    ...(await frames(tab, "while typing", "if (frame % 6 === 0) type('mcp-0' + (frame % 97));")),
    ...(await whileChanging(() =>
      frames(tab, `while scrolling, ${CHANGES * (1000 / BUSY_MS)} changes/s`, "list.scrollTop -= 700;"),
    )),
    ...figuresOf("a change is visible after", distributionOf(await changesSeen(tab)), "ms"),
  ];
}

/** From the start of the command until all that an API server has is on the page. */
async function measureCommand(on: Browser): Promise<readonly Figure[]> {
  const world = await startWorld();
  try {
    await prepare(world);
    await seedTenants(world, TENANTS);
    const { folder, platform, onboarding } = world.ground;
    const tab = await on.newPage({ viewport: { width: 1440, height: 900 } });
    const startMs = performance.now();
    const dashboard = await startDashboardProcess({
      kubeconfigPath: platform.kubeconfigPath,
      onboardingKubeconfigPath: onboarding.kubeconfigPath,
      logPath: join(folder, "dashboard.log"),
    });
    const listensMs = performance.now() - startMs;
    await tab.goto(dashboard.address);
    await tab.getByText(`${TENANTS} tenants`, { exact: true }).waitFor();
    const figures = [
      { name: "until it has printed its address", value: listensMs, unit: "ms" },
      { name: "until every tenant is on the page", value: performance.now() - startMs, unit: "ms" },
      { name: "resident memory at its peak", value: peakOf(dashboard.pid) / 1e6, unit: "MB" },
    ];
    await dashboard.stop();
    return figures;
  } finally {
    await world.stop();
  }
}

/** Does something in every frame, and tells the time between frames. */
async function frames(tab: Page, when: string, each: string): Promise<readonly Figure[]> {
  const times = await tab.evaluate<readonly number[]>(`new Promise((resolve) => {
    const list = document.querySelector(".list");
    const search = document.querySelector("input[type=search]");
    const type = (text) => {
      search.value = text;
      search.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const times = [];
    requestAnimationFrame(function step(now) {
      const frame = times.push(now);
      if (frame > 300) {
        type("");
        resolve(times.slice(1).map((time, index) => time - times[index]));
        return;
      }
      ${each}
      requestAnimationFrame(step);
    });
  })`);
  const late = times.filter((time) => time > LATE_MS).length;
  const { p50, p95, max } = distributionOf(times);
  return [
    { name: `${when}: frame, p50`, value: p50, unit: "ms" },
    { name: `${when}: frame, p95`, value: p95, unit: "ms" },
    { name: `${when}: frame, max`, value: max, unit: "ms" },
    { name: `${when}: late frames of 300`, value: late, unit: "" },
  ];
}

async function whileChanging<R>(work: () => Promise<R>): Promise<R> {
  let count = 0;
  const timer = setInterval(() => {
    for (let index = 0; index < CHANGES; index += 1) {
      count += 1;
      const row = madeUpRow(1 + ((count * 7919) % TENANTS));
      feed.set(keyOfRow(row), { ...row, message: `change ${count}` });
    }
  }, BUSY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** From a change in the command until it is in the document. */
async function changesSeen(tab: Page): Promise<readonly number[]> {
  const row = madeUpRow(24);
  const times: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const message = `round ${round}`;
    const shown = tab.evaluate<number>(`new Promise((resolve) => {
      const look = () => document.querySelector(".rows").textContent.includes(${JSON.stringify(message)})
        ? resolve(performance.timeOrigin + performance.now()) : requestAnimationFrame(look);
      document.querySelector(".list").scrollTop = 0;
      requestAnimationFrame(look);
    })`);
    const changedAt = performance.timeOrigin + performance.now();
    feed.set(keyOfRow(row), { ...row, message });
    times.push((await shown) - changedAt);
  }
  return times;
}
