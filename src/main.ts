import { provider } from "./ocm/provider.ts";

/** Settles only when something is wrong: a command ends the process by itself. */
export const ended: Promise<never> = provider.main();
