/** One flag of the command line. */
export type Flag = {
  readonly name: string;
  /** A boolean flag takes a value only as `--name=value`; alone it means true. */
  readonly kind: "boolean" | "text";
  readonly shorthand?: string;
  readonly default: string;
  readonly description: string;
  /** Accepted because the platform or an operator may set it, without any effect here. */
  readonly ignored?: boolean;
};

const text = (name: string, fallback: string, description: string): Flag => ({
  name,
  kind: "text",
  default: fallback,
  description,
});

const ignored = (name: string, kind: Flag["kind"]): Flag => ({
  name,
  kind,
  default: "",
  description: "accepted for compatibility, has no effect",
  ignored: true,
});

/** All flags, in the order of the help text. Both commands accept them all, as the platform may set any. */
export const flags: readonly Flag[] = [
  text("provider-name", "", "name of the ServiceProvider, and of the ProviderConfig that counts (required)"),
  text("environment", "", "name of the platform's environment, for the logs"),
  { ...text("verbosity", "INFO", "how much is logged: ERROR, INFO or DEBUG, in any case"), shorthand: "v" },
  text("kubeconfig", "", "kubeconfig of the platform cluster; default: KUBECONFIG, then in-cluster"),
  {
    name: "leader-elect",
    kind: "boolean",
    default: "false",
    description: "work only while holding the provider's Lease, so that several replicas may run",
  },
  text("health-probe-bind-address", ":8081", 'address of /healthz and /readyz; "0" switches them off'),
  text("metrics-bind-address", "0", 'address of /metrics; "0" switches it off'),
  {
    name: "metrics-secure",
    kind: "boolean",
    default: "true",
    description: "serve /metrics by TLS, with a certificate signed by itself unless --metrics-cert-path is set",
  },
  text("metrics-cert-path", "", "folder of the serving certificate of /metrics"),
  text("metrics-cert-name", "tls.crt", "file name of that certificate"),
  text("metrics-cert-key", "tls.key", "file name of its key"),
  ignored("webhook-cert-path", "text"),
  ignored("webhook-cert-name", "text"),
  ignored("webhook-cert-key", "text"),
  ignored("enable-http2", "boolean"),
];
