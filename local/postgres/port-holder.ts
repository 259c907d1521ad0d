// Who listens on a port of this machine, for the error that says so (Linux; elsewhere, and for other users' processes, unknown).
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** E.g. `process 4711 "postgres"`, or `another program` where it cannot be seen. */
export function portHolder(port: number): string {
  try {
    const inodes = listeningInodes(port);
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (openSockets(pid).some((inode) => inodes.has(inode))) {
        return `process ${pid} "${readFileSync(`/proc/${pid}/comm`, "utf8").trim()}"`;
      }
    }
  } catch {
    // No process table of this kind: the port is taken all the same.
  }
  return "another program";
}

function listeningInodes(port: number): Set<string> {
  const address = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = "0A";
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => readFileSync(file, "utf8").split("\n").slice(1));
  const columns = rows.map((row) => row.trim().split(/\s+/));
  const matching = columns.filter(([, local, , state]) => state === listening && local?.endsWith(address) === true);
  return new Set(matching.map((column) => column[9] ?? ""));
}

function openSockets(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? "";
      } catch {
        return "";
      }
    });
  } catch {
    return [];
  }
}
