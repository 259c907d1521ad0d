// `npm run migrate` as a process, against a database by URL.
import { execFile } from "node:child_process";
import { projectRoot } from "../../local/paths.ts";

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs the command; `url` stands in an environment variable, as people do it. Without one no database is named. */
export function migrateCommand(args: readonly string[], url?: string): Promise<Ended> {
  const env = { ...process.env, NODE_OPTIONS: "", ...(url === undefined ? {} : { TEST_URL: url }) };
  const target = url === undefined ? [] : ["--database-url-env", "TEST_URL"];
  return new Promise((resolve) => {
    const all = ["commands/migrate.mjs", ...args, ...target];
    execFile(process.execPath, all, { cwd: projectRoot, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}
