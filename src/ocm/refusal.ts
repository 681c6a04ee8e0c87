import { ForeignObjectError } from "../openmcp/platform/apply-object.ts";
import { WaitingError } from "../runtime/errors.ts";
import type { Hindrance } from "./plan.ts";
import type { ReasonOf } from "./reasons.ts";

/** Why an object cannot be written where it belongs. */
export type Refusal = Hindrance<"ForeignObject" | "BeingDeleted">;

/** The parts of a plan that could not be written, and why. */
export type Refusals = { readonly chart?: Refusal; readonly release?: Hindrance<ReasonOf<"ReleaseReady">> };

/** Does something and says why an object could not be written where it belongs, if that is so. */
export async function refusalOf(act: () => Promise<void>): Promise<Refusal | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof ForeignObjectError) {
      return { state: "failed", reason: "ForeignObject", message: error.message };
    }
    if (error instanceof WaitingError) {
      return { state: "waiting", reason: "BeingDeleted", message: error.message };
    }
    throw error;
  }
}
