import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { Intercept } from "./simulated-world.ts";

/** How late things may be, in ms. */
const LATE_MS = 40;
/** Now and then. */
const VERY_LATE_MS = 320;

/** Has requests, answers and news from watches arrive late, each by a time of its own; the same for the same seed. */
export function lateNews(seed: number): Intercept {
  const random = seededRandom(seed);
  const delayMs = (): number => {
    const kind = random();
    return kind < 0.4 ? 0 : random() * (kind < 0.85 ? LATE_MS : VERY_LATE_MS);
  };
  return async ({ text, send }, { clock }) => {
    await clock.sleep(delayMs());
    const response = await send();
    if (!text.includes("watch=")) {
      await clock.sleep(delayMs());
      return response;
    }
    return lateWatch(response, () => clock.sleep(delayMs()));
  };
}

type Response = Awaited<ReturnType<Intercept>>;

/** Has each piece of a watch's news wait. */
export function lateWatch(response: Response, wait: () => Promise<void>): Response {
  return { ...response, body: lateChunks(response.body, wait) };
}

async function* lateChunks<Chunk>(body: AsyncIterable<Chunk>, wait: () => Promise<void>): AsyncGenerator<Chunk> {
  for await (const chunk of body) {
    await wait();
    yield chunk;
  }
}
