/** One flag of a command. */
export type Flag = {
  readonly name: string;
  readonly shorthand?: string;
  /**
   * A boolean flag takes a value only as `--name=value`; alone it means true. A name is that of a Kubernetes object, and
   * so never empty. A duration is written as Go does.
   */
  readonly kind: "boolean" | "text" | "name" | "duration" | "integer";
  /** What stands for the value in help texts. Default: the kind. */
  readonly placeholder?: string;
  /** The only texts that are allowed, in any case. */
  readonly values?: readonly string[];
  /** Default: none, and false for a boolean flag. */
  readonly default?: string;
  /** In lower case, without a full stop. */
  readonly description: string;
  readonly isRequired?: boolean;
  /** Each of its values counts. Of any other flag the last one does. */
  readonly isRepeatable?: boolean;
  /** Accepted because the platform or an operator may set it, without any effect here. */
  readonly isIgnored?: boolean;
};

const verbosity: Flag = {
  name: "verbosity",
  shorthand: "v",
  kind: "text",
  values: ["error", "info", "debug"],
  description: "how much is logged",
};

const kubeconfig: Flag = {
  name: "kubeconfig",
  kind: "text",
  placeholder: "file",
  description: "kubeconfig of the platform cluster; default: KUBECONFIG, then the pod's, then ~/.kube/config",
};

/** Flags of the commands that the platform starts, and of `migrate`. They log as the platform's other programs do. */
export const workplaceFlags: readonly Flag[] = [
  {
    name: "provider-name",
    kind: "text",
    placeholder: "name",
    description: "name of the ServiceProvider, and of the ProviderConfig that counts",
  },
  { name: "environment", kind: "text", description: "name of the platform's environment, for the logs" },
  { ...verbosity, description: "how much is logged; default: info, with --dev debug" },
  {
    name: "format",
    shorthand: "f",
    kind: "text",
    values: ["text", "json"],
    description: "how it is logged; default: text with --dev, --cli or a terminal, or else json",
  },
  {
    name: "dev",
    kind: "boolean",
    description: "log for developers: debug, text, with the caller of each line and the stacks of errors",
  },
  { name: "cli", kind: "boolean", description: "log for a command line: text with colours, without timestamps" },
  {
    name: "disable-stacktrace",
    kind: "boolean",
    description: "log errors without their stacks; default: true, with --dev false",
  },
  {
    name: "disable-caller",
    kind: "boolean",
    description: "log without the places in the program; default: true, with --dev false",
  },
  {
    name: "disable-timestamp",
    kind: "boolean",
    description: "log without timestamps; default: false, with --cli true",
  },
  kubeconfig,
];

/** Flags of the commands that only read. */
export const readerFlags: readonly Flag[] = [
  kubeconfig,
  {
    name: "onboarding-kubeconfig",
    kind: "text",
    placeholder: "file",
    description: "kubeconfig of the onboarding cluster; default: the provider's own access, from its Secret",
  },
  {
    name: "provider-name",
    kind: "text",
    placeholder: "name",
    description: "name of the ServiceProvider; default: the one that has registered these kinds",
  },
  { ...verbosity, default: "error", description: "how much is logged, on standard error" },
];
