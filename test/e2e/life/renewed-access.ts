import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpStatus } from "../../../ground/http-status.ts";
import { waitUntil } from "../../../ground/wait-until.ts";
import { type Access, readAccess } from "../../../sandbox/connect.ts";
import type { Obj } from "../../../sim/object.ts";
import { secretNameFor } from "../../../sim/platform/access-secret.ts";
import { textAt } from "../../../sim/value-at.ts";
import { AlternatingVersion } from "../../support/alternating-version.ts";
import { awaitPresent } from "../../support/await-object.ts";
import { install } from "../../support/install.ts";
import { ref } from "../../support/kinds.ts";
import { refsOf } from "../../support/tenant-refs.ts";
import type { LifeOf } from "./life-of.ts";
import { assertNothingLeft } from "./nothing-left.ts";

const UNAUTHORIZED = 401;
// API servers take tokens for a minute longer than these say.
const EXPIRED_WITHIN_MS = 180_000;
const plane = { name: "mcp-renewed", namespace: "project-a--ws-renewed" };

/** A tenant whose access expires again and again. */
export const renewedAccess: LifeOf = (world) => {
  describe("a tenant to whom access is granted for a short time only", { concurrency: 1 }, () => {
    it("is looked after with every renewed token, none of which changes the AccessRequest", async () => {
      const { platform, ground } = world();
      const tenant = await install(world(), plane);
      const before = await platform.get(refsOf(tenant).accessRequest);
      const secret = ref("secret", secretNameFor(before), tenant.tenantNamespace);
      const version = new AlternatingVersion(world(), tenant);
      const first = await platform.get(secret);

      for (const renewal of ["first", "second"]) {
        const token = accessIn(await platform.get(secret)).token;
        await awaitPresent(platform, secret, (seen) => accessIn(seen).token !== token, {
          what: `the ${renewal} renewal`,
        });
        await version.change();
        await version.isThere();
      }
      await awaitExpiry(accessIn(first));
      await version.change();
      await version.isThere();

      const { metadata } = await platform.get(refsOf(tenant).accessRequest);
      assert.equal(metadata.generation, before.metadata.generation);
      await ground.removeControlPlane(plane);
      await assertNothingLeft(world(), plane);
    });
  });
};

function accessIn(secret: Obj): Access {
  return readAccess(Buffer.from(textAt(secret, "data", "kubeconfig"), "base64").toString());
}

async function awaitExpiry({ url, caPem, token }: Access): Promise<void> {
  const isRefused = async (signal: AbortSignal): Promise<boolean> =>
    (await httpStatus(`${url}/version`, { caPem, token, signal })) === UNAUTHORIZED;
  await waitUntil(isRefused, {
    what: "the token that was granted at first has expired",
    withinMs: EXPIRED_WITHIN_MS,
    everyMs: 500,
  });
}
