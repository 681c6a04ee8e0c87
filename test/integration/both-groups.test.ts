import { leftovers } from "../support/group-matrix.ts";
import { testRowsOf } from "../support/group-rows.ts";

// The other leftovers have a file of their own, for the sake of time: on a real ground a row takes twenty seconds.
leftovers.filter(({ go }) => go === undefined).forEach(testRowsOf);
