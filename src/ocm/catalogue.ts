import type { SettingsInForce } from "../openmcp/service/definition.ts";
import type { Offer, Settings } from "./settings.ts";

/** Returns what tenants may ask for; undefined when that is every version of the chart. */
export function catalogueOf({ settings }: Pick<SettingsInForce<Settings>, "settings">): readonly Offer[] | undefined {
  return settings.offers.length === 0 ? undefined : settings.offers;
}
