import { StalledError } from "../runtime/errors.ts";
import type { ReasonOf } from "./reasons.ts";

/** Something that the operator or the tenant has set cannot work. Resolves when one of them changes it. */
export class SettingError extends StalledError {
  override readonly reason: ReasonOf<"ChartReady">;

  constructor(reason: ReasonOf<"ChartReady">, message: string, options?: ErrorOptions) {
    super(reason, message, options);
    this.reason = reason;
  }
}
