import { html } from "htm/preact";
import type { VNode } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { AboutMessage, ClusterMessage } from "../messages.ts";
import { type Address, writeAddress } from "./address.ts";
import { follow, readTree, type Surroundings } from "./connection.ts";
import { Detail } from "./detail.ts";
import { Facets } from "./facets.ts";
import { Header } from "./header.ts";
import { List } from "./list.ts";
import { EVERYTHING, type Selection, type SortName, type Tenant, Tenants } from "./tenants.ts";

/** What the page begins with. */
export type AppProps = { readonly address: Address; readonly surroundings: Surroundings };

/** How often ages go on. */
const TICK_MS = 1000;

const SORTS: Readonly<Record<SortName, string>> = {
  failing: "Failing first",
  changed: "Latest change first",
  newest: "Newest first",
  name: "By name",
};

type Feed = {
  readonly tenants: Tenants;
  /** Grows with each change of the tenants. */
  readonly version: number;
  readonly about?: AboutMessage;
  readonly cluster: ClusterMessage;
  readonly server: string | undefined;
  /** All tenants have arrived. */
  readonly isComplete: boolean;
};

/** The whole page. */
export function App({ address, surroundings }: AppProps): VNode {
  const feed = useFeed(surroundings);
  const nowMs = useNow();
  const [selection, setSelection] = useState(address.selection);
  const [open, setOpen] = useState<{ readonly key: string; readonly hasFocus: boolean } | undefined>(
    address.open === undefined ? undefined : { key: address.open, hasFocus: false },
  );
  const view = useMemo(() => feed.tenants.view(selection), [feed.version, selection]);
  const tenant = open === undefined ? undefined : feed.tenants.get(open.key);
  const close = (): void => {
    setOpen(undefined);
    document.querySelector<HTMLElement>(".list")?.focus();
  };
  const search = useRef<HTMLInputElement>(null);
  useKeys({ search, close });
  useEffect(() => {
    const fragment = writeAddress({ selection, ...(open !== undefined && { open: open.key }) });
    history.replaceState(null, "", fragment === "" ? location.pathname : `#${fragment}`);
  }, [selection, open]);
  useTitle(view.total.find(({ value }) => value === "failing")?.count ?? 0, feed.about);
  const read = useCallback((one: Tenant, signal: AbortSignal) => readTree(surroundings, one, signal), [surroundings]);
  return html`<${Header} ...${feed} total=${view.total} count=${feed.tenants.size} nowMs=${nowMs} />
    <main class=${tenant === undefined ? "" : "has-detail"}>
      <${Facets} ...${{ counts: view.counts, selection, onSelect: setSelection }} />
      <section class="tenants" aria-label="List of tenants">
        <${Search} ...${{ selection, onSelect: setSelection, search }} />
        <p class="found" role="status">${foundText(view.tenants.length, feed)}</p>
        <${List}
          ...${{ tenants: view.tenants, open: open?.key, nowMs, empty: emptyText(feed) }}
          onOpen=${(key: string, hasFocus: boolean) => setOpen({ key, hasFocus })}
        />
      </section>
      ${
        tenant !== undefined &&
        html`<${Detail} ...${{ tenant, nowMs, takesFocus: open?.hasFocus === true, readTree: read, onClose: close }} />`
      }
    </main>
    ${KEYS}`;
}

const KEYS: VNode = html`<footer>
  <span><kbd>/</kbd> filter</span>
  <span><kbd>↑</kbd><kbd>↓</kbd> move</span>
  <span><kbd>Enter</kbd> open</span>
  <span><kbd>Esc</kbd> close</span>
  <span class="note">This page only reads.</span>
</footer>`;

type SearchProps = {
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly search: { readonly current: HTMLInputElement | null };
};

function Search({ selection, onSelect, search }: SearchProps): VNode {
  const hasFilter = selection.text !== "" || Object.values(selection.chosen).some((values) => values.length > 0);
  return html`<form class="search" role="search" onSubmit=${(event: SubmitEvent) => event.preventDefault()}>
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="7" cy="7" r="4.5" />
      <path d="m10.5 10.5 3.5 3.5" />
    </svg>
    <input
      ref=${search}
      type="search"
      aria-label="Filter tenants"
      placeholder="Name, namespace, reason, version"
      spellcheck="false"
      autocomplete="off"
      value=${selection.text}
      onInput=${(event: InputEvent) => onSelect({ ...selection, text: (event.target as HTMLInputElement).value })}
    />
    ${
      hasFilter &&
      html`<button type="button" onClick=${() => onSelect({ ...EVERYTHING, sort: selection.sort })}>Show all</button>`
    }
    <select
      aria-label="Order"
      value=${selection.sort}
      onChange=${(event: Event) => {
        onSelect({ ...selection, sort: (event.target as HTMLSelectElement).value as SortName });
      }}
    >
      ${Object.entries(SORTS).map(([sort, says]) => html`<option value=${sort}>${says}</option>`)}
    </select>
  </form>`;
}

function foundText(found: number, { tenants, isComplete }: Feed): string {
  if (!isComplete) {
    return "Reading the tenants…";
  }
  const all = `${tenants.size} ${tenants.size === 1 ? "tenant" : "tenants"}`;
  return found === tenants.size ? all : `${found} of ${all}`;
}

function emptyText({ tenants, isComplete }: Feed): string {
  if (!isComplete) {
    return "";
  }
  return tenants.size === 0 ? "There is no tenant yet." : "No tenant is like that.";
}

function useFeed(surroundings: Surroundings): Feed {
  const [feed, setFeed] = useState<Feed>(() => ({
    tenants: new Tenants(),
    version: 0,
    cluster: { type: "cluster", state: "connecting", message: "" },
    server: undefined,
    isComplete: false,
  }));
  useEffect(() => {
    const stop = new AbortController();
    const change = (changed: Partial<Feed>): void => setFeed((before) => ({ ...before, ...changed }));
    void follow(
      surroundings,
      {
        onAbout: (about) => change({ about }),
        onCluster: (cluster) => change({ cluster }),
        onServer: (server) => setFeed((before) => (before.server === server ? before : { ...before, server })),
        onRows: (message) => {
          setFeed((before) => {
            before.tenants.take(message);
            return { ...before, version: before.version + 1, isComplete: before.isComplete || message.more === 0 };
          });
        },
      },
      stop.signal,
    );
    return () => stop.abort();
  }, [surroundings]);
  return feed;
}

function useNow(): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

function useTitle(failing: number, about: AboutMessage | undefined): void {
  useEffect(() => {
    document.title = [...(failing > 0 ? [`${failing} failing`] : []), about?.program ?? "Tenants"].join(" · ");
  }, [failing, about]);
}

type Keys = { readonly search: { readonly current: HTMLInputElement | null }; readonly close: () => void };

function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { search, close } = latest.current;
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key === "/" && !isTyping) {
        event.preventDefault();
        search.current?.select();
      } else if (event.key === "Escape") {
        close();
      } else if (event.key === "ArrowDown" && event.target === search.current) {
        event.preventDefault();
        document.querySelector<HTMLElement>(".list")?.focus();
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
