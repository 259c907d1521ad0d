// A fresh data folder, made by PostgreSQL's own `initdb`.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeFileAtomically } from "../store.ts";
import { unprivileged } from "../unprivileged.ts";
import { postgresBinary } from "./binaries.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { adminRole } from "./rights.ts";

const run = promisify(execFile);
const timeoutMs = 120_000;

/** Fills `files.data`. The collation is that of Cloud SQL's en_US.UTF8, by ICU: the same on every machine. */
export async function initialiseData(name: string, files: ClusterFiles, password: string): Promise<void> {
  const passwordFile = join(files.folder, "initial-password");
  writeFileAtomically(passwordFile, password);
  const command = unprivileged(postgresBinary("initdb"), [
    ...["-D", files.data, "-U", adminRole, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"],
    ...["-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en_US"],
    "--data-checksums",
  ]);
  try {
    await run(command.program, command.args, {
      timeout: timeoutMs,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
    });
  } catch (error) {
    const said = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr).trim() : "";
    throw new Error(
      `instance "${name}": its data folder cannot be made in ${files.data} (${said || String(error)}); expected a writable disk with 50 MB free.`,
      { cause: error },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}
