import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";

import type { UnpackedImage } from "./unpack-image.ts";

/** What runs in an image. */
export type Contained = {
  readonly image: UnpackedImage;
  /** Arguments after those of the image's entry point. */
  readonly args: readonly string[];
  /** Environment, beside that of the image. Nothing of this process's own gets in. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Files and folders of this machine by the path under which the process sees them, read-only. A folder is seen as it
   * is, also later; a file as it was at the start, as with Secrets that a kubelet mounts.
   */
  readonly mounts: Readonly<Record<string, string>>;
  /** `uid:gid`. Default: that of the image. */
  readonly user?: string;
};

/** A program of this machine with its arguments. */
export type Command = { readonly path: string; readonly args: readonly string[] };

const TOOL_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
const TOOLS = ["unshare", "sh", "setpriv", "chroot", "env", "mount"] as const;

/*
 * Above the layers of the image lies one with the places to which files are mounted, as it is with a container runtime,
 * but there is no layer to write to.
 */
const SCRIPT = `
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin
layers=$1 mounts=$2
shift 2
mount -t tmpfs -o mode=0755 container /mnt
mkdir /mnt/places /mnt/root
printf '%s' "$mounts" | while read -r target source; do
  if [ -d "$source" ]; then
    mkdir -p "/mnt/places$target"
  else
    mkdir -p "/mnt/places\${target%/*}"
    cp "$source" "/mnt/places$target"
    chmod a=rX "/mnt/places$target"
  fi
done
for device in null zero full random urandom; do
  mkdir -p /mnt/places/dev
  : > "/mnt/places/dev/$device"
done
mount -t overlay -o "lowerdir=/mnt/places:$layers" image /mnt/root
printf '%s' "$mounts" | while read -r target source; do
  if [ -d "$source" ]; then
    mount --bind "$source" "/mnt/root$target"
    mount -o remount,bind,ro "/mnt/root$target"
  fi
done
for device in null zero full random urandom; do
  mount --bind "/dev/$device" "/mnt/root/dev/$device"
done
# Only root may have another view of the processes.
mount -t proc -o ro,nosuid,nodev,noexec,hidepid=2 proc /mnt/root/proc 2>/dev/null || mount --rbind /proc /mnt/root/proc
exec env -i "$@"
`;

/**
 * The command that runs a process in an unpacked image: a root that nobody can write to, the image's user, no way to more
 * privileges, and the environment of the image. The command becomes the process, so signals reach the process.
 *
 * Who is not root is root in a user namespace, and the image's user in another one.
 */
export function contain({ image: { layers, config }, args, env, mounts, user = config.user }: Contained): Command {
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const places = Object.entries({ ...ofEveryContainer(), ...mounts }).map(
    ([target, source]) => `${target} ${source}\n`,
  );
  const shell = [tool("sh"), "-c", SCRIPT, "contain", layers.join(":"), places.join("")];
  const confinement = [tool("setpriv"), "--no-new-privs", ...changeRoot(user)];
  return {
    path: tool("unshare"),
    args: [...namespaces(), ...shell, ...config.env, ...given, ...confinement, ...config.entrypoint, ...args],
  };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function namespaces(): readonly string[] {
  const ofFiles = ["--mount", "--ipc", "--uts", "--propagation", "private"];
  return isRoot() ? ofFiles : ["--user", "--map-root-user", ...ofFiles];
}

function changeRoot(user: string): readonly string[] {
  const [uid = "", gid = uid] = user.split(":");
  return isRoot()
    ? [tool("chroot"), "--groups=", `--userspec=${uid}:${gid}`, "/mnt/root"]
    : [tool("unshare"), "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--root=/mnt/root"];
}

// Container runtimes bring these, so that names can be looked up.
function ofEveryContainer(): Readonly<Record<string, string>> {
  const files = ["/etc/hosts", "/etc/resolv.conf"].filter((path) => existsSync(path));
  return Object.fromEntries(files.map((path) => [path, path]));
}

/** Why `contain` cannot work on this machine; `undefined` where it can. */
export function whyNotContained(): string | undefined {
  if (process.platform !== "linux") {
    return "images run on Linux only";
  }
  const missing = TOOLS.filter((name) => findTool(name) === undefined);
  if (missing.length > 0) {
    return `this machine has no ${missing.join(", ")}`;
  }
  const trial = [...namespaces(), tool("sh"), "-c", TRIAL];
  const { status, stderr } = spawnSync(tool("unshare"), trial, { encoding: "utf8" });
  const needed = `${isRoot() ? "" : "root or user namespaces, and "}overlay file systems`;
  return status === 0 ? undefined : `it takes ${needed}: ${stderr.trim()}`;
}

const TRIAL = `
set -e
PATH=/usr/bin:/bin
mount -t tmpfs trial /mnt
mkdir /mnt/upper /mnt/lower /mnt/root
mount -t overlay -o lowerdir=/mnt/upper:/mnt/lower trial /mnt/root
`;

function tool(name: (typeof TOOLS)[number]): string {
  const path = findTool(name);
  if (path === undefined) {
    throw new Error(
      `expected ${name} in one of ${TOOL_FOLDERS.join(", ")}, found none: install util-linux and coreutils`,
    );
  }
  return path;
}

function findTool(name: string): string | undefined {
  return TOOL_FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
