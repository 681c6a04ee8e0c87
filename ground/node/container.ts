/** What the node gives to a container that it starts. */
export type ContainerStart = {
  /** Name for messages and log files: pod and container. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Kubeconfig with the identity of the pod's service account; its token file is kept fresh. */
  readonly kubeconfigPath: string;
  /** The same identity as a kubelet gives it: a folder with token, authority and namespace, and where the server is. */
  readonly serviceAccount: { readonly folder: string; readonly server: string };
  /** The pod's own address. */
  readonly podIP: string;
  readonly logPath: string;
  /** Time that it has to end by itself when it is asked to, in ms. */
  readonly graceMs: number;
};

/** A container that runs. */
export type RunningContainer = {
  /** Process id; absent when it runs inside this process. */
  readonly pid?: number;
  /** Settles once it has ended: its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Asks it to end, and forces it after its time of grace. */
  stop(): Promise<void>;
  /** Ends it without a chance to clean up. */
  kill(): Promise<void>;
};

/** Starts containers of one image. */
export type Image = (start: ContainerStart) => Promise<RunningContainer>;
