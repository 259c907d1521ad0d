// The process behind the local cloud. It is started by control.ts, leaves its record when it answers, and ends on SIGTERM.
import { Cloud } from "./cloud.ts";
import { codeDigest, daemonFile, type DaemonRecord } from "./control.ts";
import { LocalPaths } from "./paths.ts";
import { startTimeOf } from "./processes.ts";
import { writeFileAtomically } from "./store.ts";

const paths = new LocalPaths(process.argv[2]);
const code = codeDigest();
const cloud = new Cloud(paths);

const log = (line: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
};

process.on("SIGTERM", () => {
  log("local cloud: ending");
  void cloud.stop().finally(() => process.exit(0));
});

const { addresses, withoutEffect, problems } = await cloud.start();
for (const problem of problems) log(problem);
const record: DaemonRecord = {
  pid: process.pid,
  startTime: startTimeOf(process.pid) ?? "",
  code,
  addresses,
  withoutEffect,
};
writeFileAtomically(daemonFile(paths), JSON.stringify(record, null, 2));
log(`local cloud: answers as process ${process.pid}`);
