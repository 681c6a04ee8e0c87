import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { Description } from "./describe.ts";
import { keyOf, type Scene } from "./scene.ts";
import { drawObject, drawTree, type TreeLine } from "./tree.ts";

/** Where the sandbox tells what happens. */
export type Screen = {
  /** Writes a line that stays. */
  say(line: string): void;
  /** Shows what becomes of a scene, until the returned function is called. */
  follow(scene: Scene): () => void;
};

const REDRAW_AFTER_MS = 40;

const colors = { done: "green", busy: "yellow", failed: "red" } as const satisfies Record<Description["mood"], string>;

/** A screen that redraws a tree in place on a terminal, and writes one line for each change elsewhere. */
export function createScreen(stream: WriteStream): Screen {
  return stream.isTTY ? new LiveScreen(stream) : new PlainScreen(stream);
}

class PlainScreen implements Screen {
  readonly #stream: WriteStream;
  readonly #startedAt = performance.now();

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  follow(scene: Scene): () => void {
    const shown = new Map<string, string>();
    return scene.onChange((change) => {
      const text =
        change.type === "deleted" ? `${change.object.kind} ${change.object.metadata.name}  gone` : drawObject(change);
      if (shown.get(keyOf(change)) !== text) {
        shown.set(keyOf(change), text);
        const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(7);
        this.say(`${seconds} s  ${change.place.padEnd(13)}  ${text}`);
      }
    });
  }
}

class LiveScreen implements Screen {
  readonly #stream: WriteStream;
  #scene: Scene | undefined;
  #drawnLines = 0;
  #pending: NodeJS.Timeout | undefined;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  say(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  follow(scene: Scene): () => void {
    this.#scene = scene;
    const unsubscribe = scene.onChange(() => {
      this.#pending ??= setTimeout(() => this.#redraw(), REDRAW_AFTER_MS);
    });
    this.#redraw();
    return () => {
      unsubscribe();
      this.#redraw();
      // The last picture stays; what is said from now on comes below it.
      this.#scene = undefined;
      this.#drawnLines = 0;
    };
  }

  #redraw(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#erase();
    this.#draw();
  }

  #erase(): void {
    if (this.#drawnLines > 0) {
      this.#stream.moveCursor(0, -this.#drawnLines);
      this.#stream.clearScreenDown();
      this.#drawnLines = 0;
    }
  }

  #draw(): void {
    if (this.#scene === undefined) {
      return;
    }
    // A picture higher than the window could not be erased.
    const lines = drawTree(this.#scene).slice(0, Math.max(1, (this.#stream.rows || 24) - 2));
    this.#stream.write(`\n${lines.map((line) => `${paint(line, this.#stream.columns || 80)}\n`).join("")}`);
    this.#drawnLines = lines.length + 1;
  }
}

function paint({ text, mood }: TreeLine, columns: number): string {
  const fitting = text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
  return styleText(colors[mood], fitting);
}
