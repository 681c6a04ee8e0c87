import type { Report } from "../openmcp/service/status.ts";
import type { ConditionType, ReasonOf } from "./reasons.ts";

/** A report of this provider: its reason is one that its condition type is documented to have. */
export type ReportOf<Type extends ConditionType> = Report & { readonly type: Type; readonly reason: ReasonOf<Type> };
