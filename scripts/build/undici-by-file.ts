import type { Plugin } from "esbuild";

/** Files of undici's classes that the program uses, by the names under which the package exports them. */
export const UNDICI_FILES = {
  Agent: "undici/lib/dispatcher/agent.js",
  buildConnector: "undici/lib/core/connect.js",
  Pool: "undici/lib/dispatcher/pool.js",
  ProxyAgent: "undici/lib/dispatcher/proxy-agent.js",
  Socks5ProxyAgent: "undici/lib/dispatcher/socks5-proxy-agent.js",
} as const;

/** The methods that the package's entry gives to all dispatchers: even those by file call each other's. */
export const UNDICI_METHODS = { of: "undici/lib/dispatcher/dispatcher.js", from: "undici/lib/api/index.js" } as const;

/** What stands for the package's entry: a module with the names of `UNDICI_FILES`. */
export const UNDICI_BY_FILE: string = [
  ...Object.entries(UNDICI_FILES).map(([name, file]) => `export { default as ${name} } from "${file}";`),
  `import Dispatcher from "${UNDICI_METHODS.of}";`,
  `import methods from "${UNDICI_METHODS.from}";`,
  "Object.assign(Dispatcher.prototype, methods);",
].join("\n");

/**
 * Takes from undici what the program uses, file by file.
 *
 * The package's own entry loads fetch, WebSocket, caches and mocks with it, and makes itself the dispatcher of the
 * process's `fetch`, which nothing here calls.
 */
export const undiciByFile: Plugin = {
  name: "undici-by-file",
  setup: (build) => {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "undici-by-file" }));
    build.onLoad({ filter: /^undici$/, namespace: "undici-by-file" }, () => ({
      contents: UNDICI_BY_FILE,
      resolveDir: import.meta.dirname,
      loader: "js",
    }));
  },
};
