import { html } from "htm/preact";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { ClusterRole, EventLine, TreeNode } from "../../inspect/tree.ts";
import type { TreeAnswer } from "../messages.ts";
import { ageOf } from "./age.ts";
import { Glyph, WORDS } from "./glyphs.ts";
import { Versions } from "./list.ts";
import type { Tenant } from "./tenants.ts";

/** One tenant with its objects. */
export type DetailProps = {
  readonly tenant: Tenant;
  readonly nowMs: number;
  /** Whether the reader goes on here. */
  readonly takesFocus: boolean;
  readonly readTree: (tenant: Tenant, signal: AbortSignal) => Promise<TreeAnswer>;
  readonly onClose: () => void;
};

/** The platform's objects change without a change of the tenant's own. */
const REFRESH_MS = 5000;

const CLUSTERS: Readonly<Record<ClusterRole, string>> = {
  onboarding: "onboarding",
  platform: "platform",
  mcp: "control plane",
  workload: "workload",
};

/** The panel of one tenant. */
export function Detail(props: DetailProps): VNode {
  const { tenant, takesFocus, onClose } = props;
  const { row, state, key } = tenant;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) {
      heading.current?.focus();
    }
  }, [key, takesFocus]);
  return html`<section class="detail" aria-labelledby="detail-name">
    <header>
      <div>
        <h2 id="detail-name" tabindex="-1" ref=${heading}>${row.name}</h2>
        <p class="place">${row.namespace}</p>
      </div>
      <span class=${`chip ${state}`}><${Glyph} mood=${state} />${WORDS[state]}</span>
      <button class="close" type="button" aria-label="Close" onClick=${onClose}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8m0-8-8 8" /></svg>
      </button>
    </header>
    <${Body} ...${props} />
  </section>`;
}

function Body(props: DetailProps): VNode {
  const {
    nowMs,
    tenant: { row, state },
  } = props;
  const { answer, failure } = useTree(props);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Objects">
    ${state !== "ready" && html`<p class=${`message ${state}`}><b>${row.reason}</b>${row.message}</p>`}
    <dl class="facts">
      ${row.wanted !== undefined && html`<${Fact} name="Version"><${Versions} row=${row} /><//>`}
      <${Fact} name=${`${row.phase} for`}>${ageOf(row.since ?? row.createdAt, nowMs)}<//>
      <${Fact} name="Age">${ageOf(row.createdAt, nowMs)}<//>
      ${row.followers !== undefined && html`<${Fact} name="Also an object of">${row.followers.join(", ")}<//>`}
      <${Fact} name="Namespace on the platform"><code class="uuid">${row.platformNamespace}</code><//>
    </dl>
    <h3>Objects</h3>
    ${failure !== undefined && html`<p class="message failing" role="status"><b>Not read</b>${failure}</p>`}
    ${
      answer === undefined
        ? failure === undefined && html`<p class="reading" role="status">Reading…</p>`
        : html`<ul class="tree">
            <${Node} ...${{ node: answer.tree, nowMs, known: row }} />
          </ul>`
    }
  </div>`;
}

function Fact({ name, children }: { readonly name: string; readonly children?: unknown }): VNode {
  return html`<div>
    <dt>${name}</dt>
    <dd>${children}</dd>
  </div>`;
}

type NodeProps = {
  readonly node: TreeNode;
  readonly nowMs: number;
  readonly parent?: TreeNode;
  /** Stands above the tree. */
  readonly known: Tenant["row"];
};

function Node({ node, nowMs, parent, known }: NodeProps): VNode {
  const { kind, namespace, name, state, children, events, details = {} } = node;
  const isKnown = (text = ""): boolean => parent === undefined && Object.values(known).includes(text);
  const message = isKnown(node.message) ? "" : node.message;
  const facts = Object.entries(details).filter(([, text]) => !isKnown(text));
  const isElsewhere = namespace !== undefined && ![parent?.namespace, known.platformNamespace].includes(namespace);
  return html`<li>
    <article class=${`node ${state}`}>
      <${Glyph} mood=${state} />
      <${NodeHeader} ...${{ node, nowMs, parent }} />
      <p class="name">${isElsewhere ? `${namespace}/` : ""}${name}</p>
      ${message !== "" && html`<p class="says">${message}</p>`}
      <dl class="details">
        ${facts.map(
          ([term, text]) =>
            html`<div>
              <dt>${term}</dt>
              <dd>${text}</dd>
            </div>`,
        )}
      </dl>
      <ul class="events" aria-label=${`Events of the ${kind}`}>
        ${events.map((event) => html`<${Event} event=${event} nowMs=${nowMs} />`)}
      </ul>
    </article>
    <ul>
      ${children.map(
        (child) =>
          html`<${Node}
            key=${`${child.cluster}/${child.kind}/${child.name}`}
            ...${{ node: child, nowMs, parent: node, known }}
          />`,
      )}
    </ul>
  </li>`;
}

function NodeHeader({ node, nowMs, parent }: Pick<NodeProps, "node" | "nowMs" | "parent">): VNode {
  const { kind, state, version, cluster, createdAt } = node;
  const { since = createdAt } = node;
  return html`<header>
    <span class="kind">${kind}</span>
    ${version !== undefined && html`<code class="version">${version}</code>`}
    ${parent?.cluster !== cluster && html`<span class="cluster">${CLUSTERS[cluster]}</span>`}
    <span class="state">${WORDS[state]}</span>
    <time title=${since ?? ""}>${ageOf(since, nowMs)}</time>
  </header>`;
}

function Event({ event, nowMs }: { readonly event: EventLine; readonly nowMs: number }): VNode {
  const { type, reason, message, at, count } = event;
  return html`<li class=${type === "Warning" ? "warning" : ""}>
    <b>${reason}</b> ${message}${" "}<span class="when">${count > 1 ? `${count}× ` : ""}${ageOf(at, nowMs)}</span>
  </li>`;
}

type TreeState = { readonly key?: string; readonly answer?: TreeAnswer | undefined; readonly failure?: string };

// What was read last stays until there is something newer: a panel that blinks cannot be read.
function useTree({ tenant, readTree }: DetailProps): TreeState {
  const [state, setState] = useState<TreeState>({});
  useEffect(() => {
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      try {
        const answer = await readTree(tenant, stop.signal);
        setState({ key: tenant.key, answer });
      } catch (error) {
        if (!stop.signal.aborted) {
          const failure = error instanceof Error ? error.message : String(error);
          setState((before) => ({ ...(before.key === tenant.key && before), key: tenant.key, failure }));
        }
      }
    };
    let timer: ReturnType<typeof setTimeout>;
    const again = async (): Promise<void> => {
      if (document.visibilityState === "visible") {
        await read();
      }
      if (!stop.signal.aborted) {
        timer = setTimeout(() => void again(), REFRESH_MS);
      }
    };
    void again();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [tenant.key, tenant.row]);
  return state.key === tenant.key ? state : {};
}
