import type { Plugin } from "esbuild";

/** Files of undici's classes that the program uses, by the names under which the package exports them. */
export const UNDICI_FILES = {
  Agent: "undici/lib/dispatcher/agent.js",
  buildConnector: "undici/lib/core/connect.js",
  Pool: "undici/lib/dispatcher/pool.js",
  ProxyAgent: "undici/lib/dispatcher/proxy-agent.js",
  Socks5ProxyAgent: "undici/lib/dispatcher/socks5-proxy-agent.js",
} as const;

/** Methods that undici gives its dispatchers where all of it is put together, by their files. */
export const DISPATCHER_METHODS = { request: "undici/lib/api/api-request.js" } as const;

export const DISPATCHER = "undici/lib/dispatcher/dispatcher.js";

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
      contents: entry(),
      resolveDir: import.meta.dirname,
      loader: "js",
    }));
  },
};

function entry(): string {
  return [
    ...Object.entries(UNDICI_FILES).map(([name, file]) => `export { default as ${name} } from "${file}";`),
    `import Dispatcher from "${DISPATCHER}";`,
    ...Object.entries(DISPATCHER_METHODS).map(([name, file]) => `import ${name} from "${file}";`),
    `Object.assign(Dispatcher.prototype, { ${Object.keys(DISPATCHER_METHODS).join(", ")} });`,
  ].join("\n");
}
