import { leftovers } from "../support/group-matrix.ts";
import { testRowsOf } from "../support/group-rows.ts";

leftovers.filter(({ go }) => go !== undefined).forEach(testRowsOf);
