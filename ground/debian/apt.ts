/**
 * Options that keep apt's lists and packages in a folder of ours, and its hands off the system.
 *
 * What is installed already counts, so only what is missing is fetched: the program runs on the system's own libraries.
 */
export function aptOptions(folder: string): readonly string[] {
  const settings = {
    "Dir::State": `${folder}/state`,
    "Dir::State::status": "/var/lib/dpkg/status",
    "Dir::Cache": `${folder}/cache`,
    // apt's locks are on files of the system; ours is around the whole of the work.
    "Debug::NoLocking": "1",
    // Another user could not write into a home folder.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** Where a program lies, with the libraries that came with it. */
export type Unpacked = {
  readonly root: string;
  readonly executable: string;
  /** Folders of shared libraries below the root. */
  readonly libraries: readonly string[];
};

/** A script that starts an unpacked program as if its package were installed; `exec` keeps the process's id. */
export function launcherScript({ root, executable, libraries }: Unpacked): string {
  const paths = libraries.map((folder) => `${root}/${folder}`).join(":");
  return [
    "#!/bin/sh",
    `export LD_LIBRARY_PATH=${quote(paths)}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}`,
    // Fontconfig looks for fonts there too.
    `export XDG_DATA_HOME=${quote(`${root}/usr/share`)}`,
    `[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_SYSROOT=${quote(root)}`,
    `exec ${quote(`${root}/${executable}`)} "$@"`,
    "",
  ].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Why apt failed, in one line: the first of the errors it names, else all that it says. */
export function aptProblem(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const error = lines.find((line) => /^(?:E|Err):/u.test(line)) ?? lines.filter((line) => line !== "").join(" ");
  return error.replace(/^E: /u, "").slice(0, 300);
}
