import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTogether } from "./start-together.ts";

void describe("starting several things together", () => {
  void it("gives them in their order", async () => {
    const first = { name: "first", stop: () => Promise.resolve() };
    const second = { size: 2, stop: () => Promise.resolve() };

    const [one, two] = await startTogether([Promise.resolve(first), Promise.resolve(second)]);

    assert.equal(one.name, "first");
    assert.equal(two.size, 2);
  });

  void it("stops those that did start when another does not, and throws its error", async () => {
    const stopped: string[] = [];
    const start = (name: string): Promise<{ stop(): Promise<void> }> =>
      Promise.resolve({
        stop: () => {
          stopped.push(name);
          return Promise.resolve();
        },
      });

    const starting = startTogether([start("a"), Promise.reject(new Error("the port is taken")), start("b")]);

    await assert.rejects(starting, /the port is taken/u);
    assert.deepEqual(stopped, ["a", "b"]);
  });
});
