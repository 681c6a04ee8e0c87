import { startProcess } from "../supervised-process.ts";
import type { Image } from "./container.ts";

/** What a container of an image runs on this machine. */
export type ProcessImageOptions = {
  readonly path: string;
  /** Arguments before those of the container. */
  readonly before?: readonly string[];
  /** Arguments after them, as the image would find its cluster and its ports by itself in a container. */
  readonly after?: (start: Parameters<Image>[0]) => readonly string[];
};

/** An image whose containers are processes of this machine. */
export function processImage({ path, before = [], after = () => [] }: ProcessImageOptions): Image {
  return (start) =>
    startProcess({
      name: start.name,
      path,
      args: [...before, ...start.args, ...after(start)],
      env: { ...start.env, KUBECONFIG: start.kubeconfigPath },
      logPath: start.logPath,
      stopWithinMs: start.graceMs,
    });
}

/** Adds a flag unless the container has given it. */
export function unlessGiven(args: readonly string[], flag: string, value: string): readonly string[] {
  return args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)) ? [] : [`${flag}=${value}`];
}
