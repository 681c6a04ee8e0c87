import type { Intercept, RequestOnItsWay } from "./simulated-world.ts";

type Response = Awaited<ReturnType<RequestOnItsWay["send"]>>;
type Chunk = Uint8Array;

const CUT = Symbol("cut");
const FORGOTTEN = {
  type: "ERROR",
  object: { kind: "Status", apiVersion: "v1", status: "Failure", code: 410, reason: "Expired", message: "too old" },
};

/** What watches of a simulated provider keep from it. They begin in good order. */
export class WatchFaults {
  #isLossy = false;
  #cut = Promise.withResolvers<typeof CUT>();
  /** Whether the watches that are open now will never say anything again. */
  #silence = { isOn: false };
  /** Collections, with their selectors, whose next watch is refused. */
  readonly #forgotten = new Set<string>();
  readonly #open = new Set<string>();

  /** Plays the faults. */
  readonly intercept: Intercept = async ({ text, send }) => {
    if (!text.includes("watch=")) {
      return send();
    }
    const collection = text.replaceAll(/(?:resourceVersion|timeoutSeconds)=\d*/gu, "");
    const response = await send();
    if (this.#forgotten.delete(collection)) {
      return { ...response, body: chunksOf(FORGOTTEN) };
    }
    this.#open.add(collection);
    return { ...response, body: this.#heard(response.body) };
  };

  /** From now on watches lose every change, and say with bookmarks that there is nothing that they have not told. */
  loseChanges(): void {
    this.#isLossy = true;
  }

  /** Ends the loss and all watches. The next one of each collection is told that its position is forgotten. */
  forgetPositions(): void {
    this.#isLossy = false;
    this.#open.forEach((collection) => this.#forgotten.add(collection));
    this.cut();
  }

  /** The watches that are open stay so, and say nothing any more. */
  fallSilent(): void {
    this.#silence.isOn = true;
    this.#silence = { isOn: false };
  }

  /** Breaks the connections of all watches. */
  cut(): void {
    this.#cut.resolve(CUT);
    this.#cut = Promise.withResolvers();
  }

  async *#heard(body: Response["body"]): AsyncGenerator<Chunk, void> {
    const { promise: cut } = this.#cut;
    const silence = this.#silence;
    const chunks = body[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([chunks.next(), cut]);
      if (next === CUT || next.done === true) {
        return;
      }
      const isBookmark = Buffer.from(next.value).includes('"type":"BOOKMARK"');
      if (!silence.isOn && (isBookmark || !this.#isLossy)) {
        yield next.value;
      }
    }
  }
}

async function* chunksOf(event: object): AsyncGenerator<Chunk, void> {
  yield Buffer.from(`${JSON.stringify(event)}\n`);
}
