import { registerHooks } from "node:module";

import type { ServiceProvider } from "../../src/openmcp/program/service-provider.ts";

// The example imports the package by its name: here it gets the sources, not what was built of them last.
registerHooks({
  resolve: (specifier, context, next) => {
    const [, layer] = /^service-provider-ocm\/(\w+)$/.exec(specifier) ?? [];
    const source = new URL(`../../src/${layer}/index.ts`, import.meta.url).href;
    return next(layer === undefined ? specifier : source, context);
  },
});

/** The provider of `examples/hello`. */
export const hello: ServiceProvider = (await import("../../examples/hello/hello.ts")).hello;
