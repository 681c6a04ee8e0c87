import type { Command } from "../command/command.ts";

/** Serves a page with the tenants of a provider. */
export const dashboardCommand: Command = {
  name: "dashboard",
  summary: "Serves a page that shows every tenant, and the objects of each, as they change.",
  synopsis: ["[--port number] [--open] [flags]"],
  description: `The page listens on the loopback interface only, reads with the rights of the kubeconfig, and changes nothing. Its address ends with a token: whoever has the whole address sees what you see. The command runs until it is interrupted.`,
  examples: [
    { command: "dashboard --open", says: "show the page in a browser" },
    { command: "dashboard --port 8088", says: "listen on a port that a tunnel knows" },
  ],
  connects: "reader",
  flags: [
    { name: "port", kind: "integer", default: "0", description: "port on 127.0.0.1; 0 takes a free one" },
    { name: "open", kind: "boolean", description: "open the page in a browser" },
  ],
  load: async () => (await import("./dashboard.ts")).dashboard,
};
