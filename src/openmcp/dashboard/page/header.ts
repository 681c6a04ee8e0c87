import { html } from "htm/preact";
import type { VNode } from "preact";

import type { AboutMessage, ClusterMessage } from "../messages.ts";
import { ageOf } from "./age.ts";
import { Glyph, type Mood, WORDS } from "./glyphs.ts";
import type { Count } from "./tenants.ts";

/** What stands above everything. */
export type HeaderProps = {
  readonly about?: AboutMessage;
  readonly cluster: ClusterMessage;
  readonly server: string | undefined;
  readonly total: readonly Count[];
  readonly count: number;
  readonly nowMs: number;
};

/** How all tenants are, at a glance, and whether that is still so. */
export function Header({ about, cluster, server, total, count, nowMs }: HeaderProps): VNode {
  const { program = "Tenants", version = "", kind = "" } = about ?? {};
  return html`<header class="top">
      <div class="title">
        <h1>${program}</h1>
        <p title=${version}>${version.split("+")[0]}</p>
        <${Liveness} ...${{ cluster, server }} />
      </div>
      <${Glance} ...${{ total, count, kind }} />
    </header>
    <${Banner} ...${{ cluster, server, nowMs }} />`;
}

type GlanceProps = Pick<HeaderProps, "total" | "count"> & { readonly kind: string };

function Glance({ total, count, kind }: GlanceProps): VNode {
  const failing = total.find(({ value }) => value === "failing")?.count ?? 0;
  const words = total.map(({ value, count: number }) => `${number} ${WORDS[value as Mood]}`).join(", ");
  return html`<div class="glance">
    <p class="figure"><b>${count}</b> ${kind} ${count === 1 ? "tenant" : "tenants"}</p>
    <p class=${`figure ${failing > 0 ? "failing" : "ready"}`}>
      <b>${failing}</b> ${failing === 1 ? "needs" : "need"} attention
    </p>
    <div class="stack" role="img" aria-label=${words}>
      ${total.map(
        ({ value, count: number }) => html`<span key=${value} class=${value} style=${{ flexGrow: number }}></span>`,
      )}
    </div>
  </div>`;
}

type Contact = Pick<HeaderProps, "cluster" | "server">;

function Liveness({ cluster, server }: Contact): VNode {
  const state = server === undefined ? cluster.state : "lost";
  const words = { connecting: "Connecting", live: "Live", lost: "Not up to date" } as const;
  const moods = { connecting: "progressing", live: "ready", lost: "failing" } as const;
  return html`<p class=${`liveness ${moods[state]}`} role="status">
    <${Glyph} mood=${moods[state]} />${words[state]}
  </p>`;
}

function Banner({ cluster, server, nowMs }: Contact & Pick<HeaderProps, "nowMs">): VNode | false {
  if (server !== undefined) {
    return html`<p class="banner" role="alert"><b>${server}</b> What you see may be old. Trying again.</p>`;
  }
  if (cluster.state === "live" || cluster.message === "") {
    return false;
  }
  const since = cluster.since === undefined ? "" : ` What you see is ${ageOf(cluster.since, nowMs)} old.`;
  return html`<p class="banner" role="alert"><b>${cluster.message}</b>${since} Trying again.</p>`;
}
