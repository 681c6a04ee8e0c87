import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { leftovers } from "../support/group-matrix.ts";
import { ask, untilNothingIsLeft, untilServed, withdraw } from "../support/hand-over.ts";
import { installationOf } from "../support/installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP } from "../support/kinds.ts";
import { AtWrite, begin, type Play } from "../support/simulated-hand-over.ts";

const WATCH_DELAY_MS = 30;
const directions = [
  [EARLIER_GROUP, CURRENT_GROUP],
  [CURRENT_GROUP, EARLIER_GROUP],
] as const;

/** A tenant with an installation for one object alone. */
async function installed(group: string, at: AtWrite): Promise<Play> {
  const leftover = leftovers.find(({ go, groups }) => go === undefined && groups.length === 1) ?? assert.fail();
  const play = await begin({ ...leftover, groups: [group] }, at);
  return play;
}

for (const [from, to] of directions) {
  describe(`an object of ${to} that is created after the one of ${from} was deleted`, async () => {
    for (const afterMs of [0, 1, 10, WATCH_DELAY_MS - 1]) {
      it(`is handed the installation when nobody has heard of the deletion yet, ${afterMs} ms later`, async () => {
        const { world, stage, installation, cutOff } = await installed(from, new AtWrite(0, ({ send }) => send()));

        await withdraw(stage, [from]);
        await world.clock.advance(afterMs);
        await ask(stage, [to]);

        await untilServed(stage, [to]);
        assert.deepEqual(await installationOf(stage.sites), installation);
        assert.deepEqual(cutOff, []);
        await world.stop();
      });
    }

    const writes = await countWritesOfRemoval(from);
    for (let number = 1; number <= writes; number += 1) {
      it(`has one installation in the end when it comes at write ${number} of the removal`, async () => {
        let isCreated = false;
        const at = new AtWrite(number, async ({ send }) => {
          await ask(play.stage, [to]);
          isCreated = true;
          return send();
        });
        const play = await installed(from, at);
        const { world, stage } = play;

        await withdraw(stage, [from]);
        await stage.until("the other object is created", () => Promise.resolve(isCreated));

        await untilServed(stage, [to]);
        const { releases, deployments } = await installationOf(stage.sites);
        assert.deepEqual([releases.length, deployments.length], [1, 1]);
        await withdraw(stage, [to]);
        await untilNothingIsLeft(stage);
        await world.stop();
      });
    }
  });
}

async function countWritesOfRemoval(group: string): Promise<number> {
  const at = new AtWrite(0, ({ send }) => send());
  const { world, stage } = await installed(group, at);
  await withdraw(stage, [group]);
  await untilNothingIsLeft(stage);
  await world.stop();
  return at.writes;
}
