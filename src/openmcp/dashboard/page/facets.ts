import { html } from "htm/preact";
import type { VNode } from "preact";

import { Glyph, type Mood, WORDS } from "./glyphs.ts";
import { type Count, type FacetName, FACETS, NO_VERSION, type Selection, type View } from "./tenants.ts";

/** What can be chosen. */
export type FacetsProps = {
  readonly counts: View["counts"];
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
};

const TITLES: Readonly<Record<FacetName, string>> = { state: "State", reason: "Why not ready", version: "Installed" };

/** As many as one can take in; the filter finds the others. */
const MOST_VALUES = 12;

/** Counts of the tenants, each of which filters the list. */
export function Facets(props: FacetsProps): VNode {
  return html`<nav class="facets" aria-label="Filters">
    ${FACETS.map((facet) => html`<${Facet} key=${facet} ...${{ ...props, facet }} />`)}
  </nav>`;
}

function Facet({ facet, counts, selection, onSelect }: FacetsProps & { readonly facet: FacetName }): VNode | null {
  const shown = counts[facet].slice(0, MOST_VALUES);
  // A provider may have no versions at all.
  if (shown.every(({ value }) => value === NO_VERSION)) {
    return null;
  }
  const most = Math.max(1, ...shown.map(({ count }) => count));
  const chosen = selection.chosen[facet];
  const toggle = (value: string): void => {
    const others = chosen.filter((other) => other !== value);
    const next = others.length === chosen.length ? [...chosen, value] : others;
    onSelect({ ...selection, chosen: { ...selection.chosen, [facet]: next } });
  };
  return html`<section>
    <h2 id=${`facet-${facet}`}>${TITLES[facet]}</h2>
    <ul aria-labelledby=${`facet-${facet}`}>
      ${shown.map(
        (count) =>
          html`<li key=${count.value}>
            <${Choice} ...${{ facet, count, most, isChosen: chosen.includes(count.value), toggle }} />
          </li>`,
      )}
    </ul>
    ${counts[facet].length > MOST_VALUES && html`<p class="more">${counts[facet].length - MOST_VALUES} more</p>`}
  </section>`;
}

type ChoiceProps = {
  readonly facet: FacetName;
  readonly count: Count;
  readonly most: number;
  readonly isChosen: boolean;
  readonly toggle: (value: string) => void;
};

function Choice({ facet, count: { value, count }, most, isChosen, toggle }: ChoiceProps): VNode {
  const isState = facet === "state";
  return html`<button
    type="button"
    class=${`choice ${isState ? value : facet}`}
    aria-pressed=${String(isChosen)}
    onClick=${() => toggle(value)}
  >
    ${isState && html`<${Glyph} mood=${value as Mood} />`}
    <span class="value">${isState ? WORDS[value as Mood] : value}</span>
    <span class="count">${count}</span>
    <span class="bar" aria-hidden="true" style=${{ width: `${(100 * count) / most}%` }}></span>
  </button>`;
}
