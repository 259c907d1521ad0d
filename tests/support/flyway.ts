// Flyway itself, by its Java interface: whether it agrees with our history is nothing to argue about.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { LocalPaths } from "../../local/paths.ts";

const folder = join(import.meta.dirname, "../../tools/flyway");

/** The class path of Flyway's pinned version, fetched when needed; undefined where Java or its artifacts are not at hand. */
export function flywayClassPath(): string | undefined {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    const output = join(new LocalPaths().folder("tests"), "flyway-classpath");
    execFileSync(
      "mvn",
      ["-q", "-f", join(folder, "pom.xml"), "dependency:build-classpath", `-Dmdep.outputFile=${output}`],
      { stdio: "ignore" },
    );
    return readFileSync(output, "utf8").trim();
  } catch {
    return undefined;
  }
}

export interface FlywayTarget {
  port: number;
  database: string;
  user: string;
  password: string;
  /** Folder of the files and what their names end with. */
  folder: string;
  suffix: string;
  /** Where the history stands. */
  schema: string;
  table: string;
}

/** Lines that a command prints. */
export async function flyway(
  classPath: string,
  command: "migrate" | "info" | "validate",
  target: FlywayTarget,
): Promise<string[]> {
  const url = `jdbc:postgresql://127.0.0.1:${target.port}/${target.database}`;
  const args = [command, url, target.schema, target.table, target.folder, target.suffix];
  const { stdout } = await promisify(execFile)("java", ["-cp", classPath, join(folder, "FlywayPeer.java"), ...args], {
    env: { ...process.env, FLYWAY_PEER_USER: target.user, FLYWAY_PEER_PASSWORD: target.password },
  });
  return stdout.trim().split("\n");
}
