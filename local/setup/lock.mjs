// One set-up at a time in a checkout. Plain JavaScript for any Node >= 18, without packages: it guards their installation.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Start time of a process from the process table, so that a pid given out again is not taken for the holder. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function holderOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "holder.json"), "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(holder) {
  return holder !== undefined && startTime(holder.pid) === holder.startTime;
}

/**
 * Runs `work` while no other process holds the lock at `folder`; waits for another, calling `onWait(pid)` once.
 * A lock whose holder is gone is taken over.
 */
export async function withLock(folder, work, onWait = () => {}) {
  let told = false;
  let orphanedSince;
  for (;;) {
    try {
      mkdirSync(join(folder, ".."), { recursive: true, mode: 0o700 });
      mkdirSync(folder, { mode: 0o700 });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = holderOf(folder);
    if (isAlive(holder)) {
      orphanedSince = undefined;
      if (!told) onWait(holder.pid);
      told = true;
    } else {
      // A moment of grace: the holder makes the folder first and writes its name next.
      orphanedSince ??= Date.now();
      if (Date.now() - orphanedSince > 500) rmSync(folder, { recursive: true, force: true });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  writeFileSync(join(folder, "holder.json"), JSON.stringify({ pid: process.pid, startTime: startTime(process.pid) }));
  try {
    return await work();
  } finally {
    release();
  }
}
