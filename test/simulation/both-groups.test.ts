import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { crashNow } from "../support/crash-at.ts";
import { assertUntouched } from "../support/foreign-objects.ts";
import { leftovers, type Row, rowsOf, takenOver } from "../support/group-matrix.ts";
import { change, untilNothingIsLeft, untilServed, withdraw } from "../support/hand-over.ts";
import { installationOf, ordersOf } from "../support/installation.ts";
import { ref } from "../support/kinds.ts";
import { AtWrite, begin, NAMESPACE } from "../support/simulated-hand-over.ts";
import { plane } from "../support/simulated-takeover.ts";
import type { Intercept } from "../support/simulated-world.ts";

/** The control plane stays: the installation changes hands, and goes with the last object. Counts the writes. */
async function playToTheEnd(row: Row, at: AtWrite): Promise<{ readonly changing: number; readonly all: number }> {
  const play = await begin(row.leftover, at);
  const { world, stage, installation, foreign, cutOff } = play;

  await change(stage, row);
  await untilServed(stage, row.wanted);

  const now = await installationOf(stage.sites);
  assert.deepEqual(now, takenOver(row.leftover, installation, now));
  const changing = at.writes;
  assert.deepEqual(cutOff, []);
  await withdraw(stage, row.wanted);
  await untilNothingIsLeft(stage);
  await assertUntouched(foreign);
  await world.stop();
  return { changing, all: at.writes };
}

/** The control plane is deleted at a write of the provider. */
async function playDeletion(row: Row, number: number): Promise<void> {
  let removal: Promise<void> | undefined;
  const at = new AtWrite(number, ({ send }, { simulation }) => {
    removal = simulation.removeControlPlane(plane);
    return send();
  });
  const play = await begin(row.leftover, at);
  const { world, stage, mcp, foreign } = play;

  await change(stage, row);
  await stage.until("the control plane is being removed", () => Promise.resolve(removal !== undefined));
  await world.clock.runUntil(removal ?? assert.fail());

  assert.deepEqual(await ordersOf(stage.sites), []);
  assert.equal(await stage.sites.platform.find(ref("namespace", NAMESPACE)), undefined);
  assert.deepEqual(mcp.api.objects("deployments.apps"), [], "the release is uninstalled before the cluster goes");
  const others = foreign.filter(
    ({ client, object: { metadata } }) => client !== mcp.client && metadata.namespace !== NAMESPACE,
  );
  assert.ok(others.length > 0);
  await assertUntouched(others);
  await world.stop();
}

const undisturbed: Intercept = ({ send }) => send();

// Every n-th write and not each: the quick suite has to stay quick.
const STRIDE = Number(process.env["CRASH_STRIDE"] ?? 11);

for (const [index, row] of leftovers.flatMap(rowsOf).entries()) {
  describe(`an installation of ${row.leftover.of} with ${row.with}`, async () => {
    const writes = await playToTheEnd(row, new AtWrite(0, undisturbed));
    // Neighbours in the table begin at different writes.
    const first = 1 + (index % STRIDE);
    for (const moment of ["before", "after"] as const) {
      for (let number = first; number <= writes.all; number += STRIDE) {
        it(`survives a crash ${moment} write ${number} is reached by the server`, async () => {
          await playToTheEnd(row, new AtWrite(number, crashNow(moment)));
        });
      }
    }
    for (let number = first; number <= writes.changing; number += STRIDE) {
      it(`ends with a control plane that is deleted at write ${number}`, async () => {
        await playDeletion(row, number);
      });
    }
  });
}
