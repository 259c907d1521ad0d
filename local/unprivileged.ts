// PostgreSQL and PgBouncer refuse to run as root. As root they run as `nobody`, keeping the one capability that lets them
// reach a checkout in a folder closed to others (CAP_DAC_READ_SEARCH); what they write is handed over by chown.
import { execFileSync } from "node:child_process";
import { chownSync, lchownSync, readdirSync } from "node:fs";
import { join } from "node:path";

const isRoot = process.getuid?.() === 0;

function numericId(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }).trim());
}

let nobody: { uid: number; gid: number } | undefined;

/** Who servers run as: `undefined` when this process is not root and they simply run as its user. */
export function serverUser(): { uid: number; gid: number } | undefined {
  if (!isRoot) return undefined;
  nobody ??= { uid: numericId("-u"), gid: numericId("-g") };
  return nobody;
}

/**
 * The command line that runs `program` without root's rights; unchanged when this process is not root.
 * `no_setuid_fixup` keeps the capability in force for access(2), which PostgreSQL uses to find itself.
 */
export function unprivileged(program: string, args: readonly string[]): { program: string; args: string[] } {
  const user = serverUser();
  if (user === undefined) return { program, args: [...args] };
  const setpriv = [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    "--clear-groups",
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--",
  ];
  return { program: "setpriv", args: [...setpriv, program, ...args] };
}

/** Hands a folder and all below it to the user that servers run as; nothing to do when this process is not root. */
export function handOver(path: string): void {
  const user = serverUser();
  if (user === undefined) return;
  chownSync(path, user.uid, user.gid);
  for (const entry of readdirSync(path, { recursive: true, encoding: "utf8" })) {
    lchownSync(join(path, entry), user.uid, user.gid);
  }
}
