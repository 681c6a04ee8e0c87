import { describeBinary } from "../../ground/real/binary.ts";
import { ensureBinaries } from "../../ground/real/ensure-binaries.ts";
import { findBinary } from "../../ground/real/find-binary.ts";
import { hasKubectl } from "../kubectl/run-kubectl.ts";

/**
 * The kubectl that is used instead of this machine's: on real servers the one of their version, on embedded ones the
 * same where the machine has none, if it was built before. Default: none.
 */
export const builtKubectl: string | undefined = await findKubectl();

/** Why commands with kubectl cannot be run here; `undefined` where they can. */
export const noKubectl: string | undefined =
  hasKubectl || builtKubectl !== undefined ? undefined : "there is no kubectl on the PATH";

async function findKubectl(): Promise<string | undefined> {
  if (process.env["GROUND"] === "real") {
    const { kubectl } = await ensureBinaries(["kubectl"]);
    return kubectl;
  }
  return hasKubectl ? undefined : findBinary(describeBinary("kubectl"), process.env);
}
