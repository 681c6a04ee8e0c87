import type { VNode } from "preact";
import { html } from "htm/preact";

import type { NodeState } from "../../inspect/tree.ts";
import type { TenantState } from "./tenants.ts";

/** How something is, in a word that styles and glyphs know. */
export type Mood = NodeState | TenantState;

/** The word for a state that people read. */
export const WORDS: Readonly<Record<Mood, string>> = {
  failing: "Failing",
  deleting: "Deleting",
  progressing: "Progressing",
  ready: "Ready",
  unknown: "Unknown",
  waiting: "Waiting",
  failed: "Failed",
  absent: "Absent",
  foreign: "Foreign",
};

// Each state has a shape of its own: colours alone say nothing to one man in twelve.
const DIAMOND = html`<path class="body" d="M8 .9 15.1 8 8 15.1.9 8z" /><path class="sign" d="M8 4.4v4.1M8 11.2v.1" />`;
const HALF = html`<circle class="ring" cx="8" cy="8" r="6.1" /><path class="body" d="M8 3.6a4.4 4.4 0 0 1 0 8.8z" />`;

const SHAPES: Readonly<Record<Mood, VNode>> = {
  ready: html`<circle class="body" cx="8" cy="8" r="7" /><path class="sign" d="m4.9 8.3 2.2 2.2 4-4.6" />`,
  failing: DIAMOND,
  failed: DIAMOND,
  progressing: HALF,
  waiting: HALF,
  deleting: html`<circle class="ring" cx="8" cy="8" r="6.1" /><path class="ring" d="M5.2 8h5.6" />`,
  unknown: html`<circle class="ring dashed" cx="8" cy="8" r="6.1" /><path
      class="ring"
      d="M6.3 6.5a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1M8 11.3v.1"
    />`,
  absent: html`<circle class="ring dashed" cx="8" cy="8" r="6.1" />`,
  foreign: html`<rect class="ring" x="1.9" y="1.9" width="8.2" height="8.2" rx="1.5" /><rect
      class="body"
      x="6"
      y="6"
      width="8.6"
      height="8.6"
      rx="1.8"
    />`,
};

/** The shape of a state. Says nothing to screen readers: the word stands beside it. */
export function Glyph({ mood }: { readonly mood: Mood }): VNode {
  return html`<svg class=${`glyph ${mood}`} viewBox="0 0 16 16" aria-hidden="true">${SHAPES[mood]}</svg>`;
}
