import { writeFile } from "node:fs/promises";

/** How the servers and plays give way to what is measured, so that they do not starve it of the cores they share. */
export const giveWay = {
  niceness: 5,
  /** Says the same of a process's session: where the kernel groups by sessions, only that counts. */
  inSession: async (pid: number): Promise<void> => {
    await writeFile(`/proc/${pid}/autogroup`, "5").catch(() => undefined);
  },
};
