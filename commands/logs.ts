// `npm run logs`: the log files of this machine's stack, the newest lines of each, or followed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { LocalPaths } from "../local/paths.ts";
import { runCommand, UsageError } from "./command.ts";

await runCommand(
  {
    usage: "npm run logs -- [NAME ...] [--lines N] [--follow]",
    summary: "Shows the logs of the local cloud, PostgreSQL, PgBouncer and the service.",
    options: {
      NAME: "part of a log's name, e.g. postgres; all without it",
      "--lines N": "how many of the last lines (40)",
      "--follow": "go on as lines come",
    },
  },
  { lines: { type: "string", default: "40" }, follow: { type: "boolean", default: false } },
  async ({ lines, follow }, names) => {
    const folder = new LocalPaths().folder("logs");
    const all = readdirSync(folder)
      .filter((name) => name.endsWith(".log"))
      .sort();
    const chosen = all.filter((name) => names.length === 0 || names.some((part) => name.includes(part)));
    if (chosen.length === 0) {
      throw new UsageError(
        `log "${names.join(" ")}": does not exist; expected part of one of ${all.map((name) => basename(name, ".log")).join(", ") || "no log yet"}. Choose one of these, or run "npm start" first.`,
      );
    }
    // tail of coreutils: what everybody uses to look at several logs at once.
    const child = spawn("tail", ["-n", lines, ...(follow ? ["-F"] : []), ...chosen.map((name) => join(folder, name))], {
      stdio: "inherit",
    });
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 0;
  },
);
