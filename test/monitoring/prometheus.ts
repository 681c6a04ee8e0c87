import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";

import { dump, load } from "js-yaml";

import { freePort } from "../../ground/free-ports.ts";
import { httpStatus } from "../../ground/http-status.ts";
import { startProcess } from "../../ground/supervised-process.ts";
import { type AlertRule, readRules, type RuleFile } from "./alert-rules.ts";
import { faster, fasterAlert } from "./faster.ts";

/** An alert as Prometheus sends it to an Alertmanager. */
type SentAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: AlertRule["annotations"];
  readonly startsAt: string;
  readonly endsAt: string;
};

/** What became of an alert. */
export type Notification = SentAlert & { isFiring: boolean };

/** One series that a query has found. */
export type Series = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] };

/** A Prometheus with the scrape configuration and the rules of deploy/monitoring. */
export type Prometheus = {
  /** Every alert that has fired since the start, once for each time. */
  notifications(): readonly Notification[];
  /** Throws with Prometheus' words where it does not understand the query. */
  query(query: string): Promise<readonly Series[]>;
  stop(): Promise<void>;
};

type Target = { readonly path: string; readonly folder: string; readonly address: string; readonly token: string };

const SCRAPE_CONFIG = "deploy/monitoring/scrape-config.yaml";
const SCRAPED_EVERY = "500ms";

/** Starts it, with another target than the pods of a cluster, and with a time that goes faster. */
export async function startPrometheus(target: Target): Promise<Prometheus> {
  const { path, folder } = target;
  const alertmanager = await startAlertmanager();
  const address = `127.0.0.1:${await freePort()}`;
  const configPath = join(folder, "prometheus.yaml");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "rules.yaml"), dump(fasterRules()));
  writeFileSync(join(folder, "token"), target.token, { mode: 0o600 });
  writeFileSync(configPath, dump(configFor(target, alertmanager.address)));
  const server = await startProcess({
    name: "Prometheus",
    path,
    args: [
      `--config.file=${configPath}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--rules.alert.resend-delay=1s",
    ],
    logPath: join(folder, "prometheus.log"),
    isReady: async (signal) => (await httpStatus(`http://${address}/-/ready`, { signal })) === 200,
    readyWithinMs: 30_000,
  });
  return {
    notifications: alertmanager.notifications,
    query: (query) => ask(address, query),
    stop: async () => {
      await server.stop();
      await alertmanager.stop();
    },
  };
}

function fasterRules(): RuleFile {
  const { groups } = readRules();
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: fasterAlert(rule.expr),
        ...(rule.for !== undefined && { for: faster(rule.for) }),
      })),
    })),
  };
}

function configFor({ folder, address, token: _token }: Target, alertmanager: string): object {
  const config = load(readFileSync(SCRAPE_CONFIG, "utf8")) as { readonly scrape_configs: readonly object[] };
  return {
    ...config,
    global: { scrape_interval: SCRAPED_EVERY, scrape_timeout: SCRAPED_EVERY, evaluation_interval: SCRAPED_EVERY },
    rule_files: [join(folder, "rules.yaml")],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: config.scrape_configs.map((job) => ({
      ...job,
      scrape_interval: SCRAPED_EVERY,
      authorization: { credentials_file: join(folder, "token") },
      // There are no Services here to find the pods by.
      kubernetes_sd_configs: undefined,
      relabel_configs: undefined,
      static_configs: [{ targets: [address] }],
    })),
  };
}

async function ask(address: string, query: string): Promise<readonly Series[]> {
  const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data, error } = (await response.json()) as {
    readonly data?: { readonly result: readonly Series[] };
    readonly error?: string;
  };
  if (data === undefined) {
    throw new Error(`Prometheus does not understand ${query}: ${error ?? response.statusText}`);
  }
  return data.result;
}

type Alertmanager = Pick<Prometheus, "notifications" | "stop"> & { readonly address: string };

/** Plays an Alertmanager that keeps what it is told. */
async function startAlertmanager(): Promise<Alertmanager> {
  const notifications = new Map<string, Notification>();
  const server = createServer((request, response) => {
    void json(request).then((alerts) => {
      for (const alert of alerts as readonly SentAlert[]) {
        const isFiring = Date.parse(alert.endsAt) > Date.now();
        notifications.set(JSON.stringify([alert.labels, alert.startsAt]), { ...alert, isFiring });
      }
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    notifications: () => [...notifications.values()],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
