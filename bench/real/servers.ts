/** The API servers of the bench: control planes share one. */
export const SERVERS = ["platform", "onboarding", "mcp"] as const;

/** Something for each API server. */
export type PerServer<T> = Readonly<Record<(typeof SERVERS)[number], T>>;

/** What is known of servers and plays when everything serves. */
export type StageReady = {
  readonly folder: string;
  /** By server; `mute` is of one that accepts connections and never answers. */
  readonly kubeconfigs: PerServer<string> & { readonly mute: string };
  readonly auditLogs: PerServer<string>;
  /** Processes of the servers, by the command that started them. */
  readonly servers: readonly { readonly pid: number; readonly command: string }[];
};
