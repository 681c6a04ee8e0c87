import type { TestContext } from "node:test";

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

import { debianProgram } from "../../ground/debian/debian-program.ts";

/** Starts Chromium, or says why there is none. */
export async function startBrowser(): Promise<Browser | string> {
  const program = await debianProgram("chromium");
  if ("missing" in program) {
    return program.missing;
  }
  // Chromium's own sandbox does not start as root, nor where user namespaces are not allowed.
  return chromium.launch({ executablePath: program.path, chromiumSandbox: false });
}

/** A page of a test, and what it must not do. */
export type Tab = {
  readonly page: Page;
  /** Errors of scripts, violations of the policy, requests to other places. */
  readonly complaints: readonly string[];
};

/** What else can be chosen about a page. */
export type TabOptions = BrowserContextOptions & {
  /** Requests that fail are what the test is about. */
  readonly isOffline?: boolean;
};

/** Opens an address in a fresh profile, which is closed after the test. */
export async function openTab(
  browser: Browser,
  address: string,
  { t, ...options }: TabOptions & { readonly t: TestContext },
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  const { origin } = new URL(address);
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) {
      complaints.push(`request: ${request.url()}`);
    }
  });
  await page.goto(address);
  return { page, complaints };
}
