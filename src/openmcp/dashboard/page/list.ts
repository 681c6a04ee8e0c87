import { html } from "htm/preact";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { ageOf } from "./age.ts";
import { Glyph, WORDS } from "./glyphs.ts";
import type { Tenant } from "./tenants.ts";

/** What the list shows, and whom it tells. */
export type ListProps = {
  readonly tenants: readonly Tenant[];
  /** Key of the tenant whose objects are shown. */
  readonly open: string | undefined;
  readonly nowMs: number;
  /** What stands where there is no tenant. */
  readonly empty: string;
  /** `hasFocus`: whoever opened it goes on reading there. */
  readonly onOpen: (key: string, hasFocus: boolean) => void;
};

/** As the style says. */
const ROW_HEIGHT = 58;
/** Rows above and below the visible ones, for a smooth start of each scroll. */
const SPARE_ROWS = 8;

/** Tenants, of which only those in sight are in the document. */
export function List(props: ListProps): VNode {
  const { tenants, empty, onOpen } = props;
  const list = useRef<HTMLDivElement>(null);
  const { first, last, onScroll } = useSight(list, tenants.length);
  const { active, activate, onKeyDown } = useActive(props, list);
  const isActiveThere = active >= first && active < Math.min(last, tenants.length);
  return html`<div
    class="list"
    ref=${list}
    role="listbox"
    aria-label="Tenants"
    tabindex="0"
    aria-activedescendant=${isActiveThere ? `row-${active}` : undefined}
    onScroll=${onScroll}
    onKeyDown=${onKeyDown}
  >
    ${tenants.length === 0 && html`<p class="empty" role="option" aria-selected="false">${empty}</p>`}
    <div class="rows" role="presentation" style=${{ height: `${tenants.length * ROW_HEIGHT}px` }}>
      ${tenants.slice(first, last).map((tenant, offset) => {
        const index = first + offset;
        const onChoose = (): void => {
          activate(index);
          onOpen(tenant.key, false);
        };
        return html`<${Row}
          key=${tenant.key}
          ...${{ ...props, tenant, index, isActive: index === active, onChoose }}
        />`;
      })}
    </div>
  </div>`;
}

type Active = {
  /** Index of the tenant to which the keys go. */
  readonly active: number;
  readonly activate: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
};

function useActive({ tenants, onOpen }: ListProps, list: { readonly current: HTMLElement | null }): Active {
  const [activeKey, setActiveKey] = useState<string>();
  // A key that repeats comes faster than what it does is drawn.
  const latest = useRef(activeKey);
  const indexOf = (wanted: string | undefined): number =>
    Math.max(
      0,
      tenants.findIndex(({ key }) => key === wanted),
    );
  const activate = (index: number): void => {
    const bounded = Math.min(tenants.length - 1, Math.max(0, index));
    latest.current = tenants[bounded]?.key;
    setActiveKey(latest.current);
    reveal(list.current, bounded);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const active = indexOf(latest.current);
    const key = tenants[active]?.key;
    const target = targetOf(event.key, active, list.current);
    if (target !== undefined) {
      event.preventDefault();
      activate(target);
    } else if (OPENING.includes(event.key) && key !== undefined) {
      event.preventDefault();
      onOpen(key, true);
    }
  };
  return { active: indexOf(activeKey), activate, onKeyDown };
}

type RowProps = ListProps & {
  readonly tenant: Tenant;
  readonly index: number;
  readonly isActive: boolean;
  readonly onChoose: () => void;
};

function Row({ tenant, index, isActive, open, nowMs, tenants, onChoose }: RowProps): VNode {
  const { row, state, key } = tenant;
  const isOpen = key === open;
  return html`<div
    id=${`row-${index}`}
    class=${`row ${state}${isActive ? " active" : ""}`}
    role="option"
    aria-selected=${String(isOpen)}
    aria-posinset=${index + 1}
    aria-setsize=${tenants.length}
    style=${{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
    onClick=${onChoose}
  >
    <${Glyph} mood=${state} />
    <span class="who"><b>${row.name}</b><small>${row.namespace}</small></span>
    <span class="why">
      <b class="state">${state === "ready" ? WORDS.ready : row.reason}</b>
      <small>${row.message}</small>
    </span>
    <${Versions} row=${row} />
    <time title=${row.since ?? ""}>${ageOf(row.since ?? row.createdAt, nowMs)}</time>
  </div>`;
}

/** What is installed, and what is wanted where that is something else. */
export function Versions({ row: { wanted, installed } }: { readonly row: Tenant["row"] }): VNode {
  const changes = wanted !== undefined && wanted !== installed;
  return html`<span class="versions">
    ${installed !== undefined && html`<span><code>${installed}</code></span>`}
    ${changes && html`<span><span class="arrow">→ </span><code class="wanted">${wanted}</code></span>`}
  </span>`;
}

const OPENING: readonly string[] = ["Enter", " "];

type Target = (active: number, page: number) => number;

const TARGETS: ReadonlyMap<string, Target> = new Map<string, Target>([
  ["ArrowDown", (active) => active + 1],
  ["j", (active) => active + 1],
  ["ArrowUp", (active) => active - 1],
  ["k", (active) => active - 1],
  ["PageDown", (active, page) => active + page],
  ["PageUp", (active, page) => active - page],
  ["Home", () => 0],
  ["End", () => Infinity],
]);

function targetOf(key: string, active: number, list: HTMLElement | null): number | undefined {
  const page = Math.max(1, Math.floor((list?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
  return TARGETS.get(key)?.(active, page);
}

function reveal(list: HTMLElement | null, index: number): void {
  if (list === null) {
    return;
  }
  const top = index * ROW_HEIGHT;
  const highest = top + ROW_HEIGHT - list.clientHeight;
  list.scrollTop = Math.min(top, Math.max(highest, list.scrollTop));
}

type Sight = { readonly first: number; readonly last: number; readonly onScroll: () => void };

function useSight(list: { readonly current: HTMLElement | null }, count: number): Sight {
  const [{ top, height }, setSight] = useState({ top: 0, height: 0 });
  const look = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = list.current ?? {};
    // Whole rows only: a scroll of a few pixels draws nothing anew.
    const rowTop = Math.floor(scrollTop / ROW_HEIGHT);
    setSight((before) =>
      before.top === rowTop && before.height === clientHeight ? before : { top: rowTop, height: clientHeight },
    );
  };
  useLayoutEffect(look, [count]);
  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (list.current !== null) {
      observer.observe(list.current);
    }
    return () => observer.disconnect();
  }, []);
  return {
    first: Math.max(0, Math.min(top, count) - SPARE_ROWS),
    last: Math.min(count, top + Math.ceil(height / ROW_HEIGHT) + 1 + SPARE_ROWS),
    onScroll: look,
  };
}
