import type { Command, Program } from "../command/command.ts";
import { type Flag, workplaceFlags } from "../command/flags.ts";
import { dashboardCommand } from "../dashboard/command.ts";
import { statusCommand, traceCommand } from "../inspect/commands.ts";

/** The commands of a program, in the order of its help. */
export function commandsOf(program: Program): readonly Command[] {
  const commands = [
    init,
    runCommand(program),
    ...(program.earlier === undefined ? [] : [migrateCommand(program)]),
    statusCommand(program),
    traceCommand(program),
    ...(program.commands ?? []),
    dashboardCommand,
    completionCommand(program),
    version,
  ];
  const help: Command = {
    name: "help",
    summary: "Explains the program, or one of its commands.",
    synopsis: ["[command]"],
    flags: [],
    words: [{ name: "command", values: commands.map(({ name }) => name) }],
    load: async () => {
      const { helpText } = await import("./help.ts");
      return async ({ words: [name] }, { write, columns }) => {
        await write(helpText(program, commandsOf(program), { name, columns: columns() }));
        return 0;
      };
    },
  };
  return [...commands, help];
}

const text = (name: string, fallback: string, description: string): Flag => ({
  name,
  kind: "text",
  ...(fallback !== "" && { default: fallback }),
  description,
});

const ignored = (name: string, kind: Flag["kind"]): Flag => ({
  name,
  kind,
  description: "accepted for compatibility, has no effect",
  isIgnored: true,
});

// The platform may set any of them for both commands.
const serviceFlags: readonly Flag[] = [
  ...workplaceFlags.filter(({ name }) => name === "provider-name").map((flag) => ({ ...flag, isRequired: true })),
  {
    name: "leader-elect",
    kind: "boolean",
    description: "work only while holding the provider's Lease, so that several replicas may run",
  },
  {
    name: "watch-label-selector",
    kind: "text",
    placeholder: "selector",
    description:
      "serve only tenants that match, by the labels of their objects and the shard key; works only while holding a Lease of the selector",
  },
  {
    name: "version-admission",
    kind: "boolean",
    default: "true",
    description: "let the onboarding cluster refuse a version that is not on offer; false removes its policy",
  },
  text("health-probe-bind-address", ":8081", 'address of /healthz and /readyz; "0" switches them off'),
  text("metrics-bind-address", "0", 'address of /metrics; "0" switches it off'),
  {
    name: "metrics-secure",
    kind: "boolean",
    default: "true",
    description:
      "serve /metrics by TLS to those who may get it on the platform cluster; without --metrics-cert-path, the certificate is signed by itself",
  },
  text("metrics-cert-path", "", "folder of the serving certificate of /metrics"),
  text("metrics-cert-name", "tls.crt", "file name of that certificate"),
  text("metrics-cert-key", "tls.key", "file name of its key"),
  ignored("webhook-cert-path", "text"),
  ignored("webhook-cert-name", "text"),
  ignored("webhook-cert-key", "text"),
  ignored("enable-http2", "boolean"),
];

const init: Command = {
  name: "init",
  summary: "Installs the CRDs on platform and onboarding cluster, then registers the provider.",
  synopsis: ["--provider-name=<name> [flags]"],
  connects: "workplace",
  flags: serviceFlags,
  load: async () => {
    const [{ init: execute }, { toOptions }] = await Promise.all([import("./init.ts"), import("./options.ts")]);
    return async (given, context) => {
      await execute(toOptions(given), context);
      return 0;
    };
  },
};

function runCommand({ resource }: Program): Command {
  return {
    name: "run",
    summary: `Watches ${resource.kind} objects and does what they ask for.`,
    synopsis: ["--provider-name=<name> [flags]"],
    connects: "workplace",
    flags: serviceFlags,
    load: async () => {
      const [{ run }, { toOptions }] = await Promise.all([
        import("./run.ts"),
        import("./options.ts"),
        // `run` loads the controllers later. The compile cache has what is loaded here.
        import("../service/controller.ts"),
      ]);
      return async (given, context) => {
        await run(toOptions(given), context);
        return 0;
      };
    },
  };
}

const migrateFlags: readonly Flag[] = [
  {
    ...text("provider-name", "", "name of the ServiceProvider; default: the one that has registered these kinds"),
    placeholder: "name",
  },
  {
    name: "dry-run",
    kind: "boolean",
    description: "say what would be done, and change none of the objects",
  },
  {
    name: "namespace",
    shorthand: "n",
    kind: "name",
    description: "only objects of this namespace; default: of every namespace",
  },
  {
    name: "timeout",
    kind: "duration",
    default: "5m",
    description: "how long to wait for access, and for each step of one object",
  },
];

function migrateCommand({ resource: { kind, group }, earlier = [] }: Program): Command {
  const groups = earlier.map(({ resource }) => resource.group).join(", ");
  return {
    name: "migrate",
    summary: `Moves ${kind} objects and the ProviderConfig from ${groups} to ${group}.`,
    synopsis: ["[name] [-n namespace] [--dry-run] [flags]"],
    description: `For each object, creates the same object in the present API group, waits until the running provider has handed the installation over, and deletes the earlier object. Prints one line for each object. May be interrupted, and repeated.

With a name, or with --namespace, moves only such ${kind} objects, and no ProviderConfig.`,
    connects: "workplace",
    flags: migrateFlags,
    words: [{ name: "name", kind: "name" }],
    exitCodes: {
      0: "none of these objects is left in its earlier API group",
      1: "one of them is",
      2: "the command line is wrong",
    },
    load: async () => {
      const [{ migrate }, { toMigrateOptions }] = await Promise.all([import("./migrate.ts"), import("./options.ts")]);
      return async (given, context) => {
        await migrate(toMigrateOptions(given), context);
        return 0;
      };
    },
  };
}

function completionCommand(program: Program): Command {
  const { name } = program;
  return {
    name: "completion",
    summary: "Prints the script with which a shell completes commands, flags and their values.",
    synopsis: [SHELLS.join("|")],
    examples: [
      {
        command: `completion bash > ~/.local/share/bash-completion/completions/${name}`,
        says: "complete in bash, from the next shell on",
      },
      { command: `completion zsh > "$fpath[1]/_${name}"`, says: "complete in zsh, from the next shell on" },
      { command: `completion fish > ~/.config/fish/completions/${name}.fish`, says: "complete in fish, at once" },
    ],
    flags: [],
    words: [{ name: "shell", values: SHELLS, isRequired: true }],
    load: async () => {
      const { completionScript } = await import("./completion.ts");
      return async ({ words: [word] }, { write }) => {
        const shell = SHELLS.find((one) => one === word) ?? SHELLS[0];
        await write(completionScript(shell, { name, commands: commandsOf(program) }));
        return 0;
      };
    },
  };
}

/** The shells for which there is a completion script. */
const SHELLS = ["bash", "zsh", "fish"] as const;

const version: Command = {
  name: "version",
  summary: "Prints the version.",
  synopsis: [""],
  flags: [],
  load: () =>
    Promise.resolve((_given, { program, print }) => {
      print(`${program.version}\n`);
      return Promise.resolve(0);
    }),
};
