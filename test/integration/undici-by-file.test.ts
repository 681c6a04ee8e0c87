import { registerHooks } from "node:module";
import { UNDICI_BY_FILE } from "../../scripts/build/undici-by-file.ts";

// The tests of the transport, with proxies and all, on undici as the shipped program has it.
const url = new URL("undici-by-file.js", import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "undici" ? { url, shortCircuit: true } : next(specifier, context),
  load: (loaded, context, next) =>
    loaded === url ? { format: "module", source: UNDICI_BY_FILE, shortCircuit: true } : next(loaded, context),
});
await import("../../src/kube/undici-transport.test.ts");
