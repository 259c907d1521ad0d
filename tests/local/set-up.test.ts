// The set-up's decisions on machines that lack something, with programs that stand in for what is there. It does not build.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { ensurePgbouncer } from "../../local/setup/pgbouncer.ts";
import { setUp } from "../../local/setup/set-up.ts";
import { Step } from "../../local/setup/step.ts";

let folder: string;
const path = process.env["PATH"];
beforeEach(() => {
  folder = mkdtempSync(join(new LocalPaths().folder("tests"), "set-up-"));
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true, force: true });
});

/** A folder with one program that prints a line. */
function program(name: string, line: string): string {
  const bin = mkdtempSync(join(folder, "bin-"));
  writeFileSync(join(bin, name), `#!/bin/sh\necho '${line}'\n`);
  chmodSync(join(bin, name), 0o755);
  return bin;
}

function step(): { step: Step; lines: string[]; paths: LocalPaths } {
  const lines: string[] = [];
  const paths = new LocalPaths(join(folder, "local"));
  return { step: new Step(paths, "PgBouncer", (line) => lines.push(line)), lines, paths };
}

describe("PgBouncer's set-up", () => {
  it("passes an old one over with a line and takes the recent one behind it", async () => {
    const [old, recent] = [program("pgbouncer", "PgBouncer 1.18.0"), program("pgbouncer", "PgBouncer 1.25.2")];
    process.env["PATH"] = [old, recent].join(":");
    const { step: it, lines, paths } = step();
    await ensurePgbouncer(it, paths);
    expect(lines).toEqual([`set-up: PgBouncer: ${join(old, "pgbouncer")} is older than 1.24 and passed over`]);
    expect(realpathSync(paths.at("tools", "pgbouncer", "bin", "pgbouncer"))).toBe(join(recent, "pgbouncer"));
    await ensurePgbouncer(it, paths);
    expect(lines).toHaveLength(1);
  });

  it("says in one sentence what to install where it cannot be built", async () => {
    process.env["PATH"] = program("pgbouncer", "PgBouncer 1.18.0");
    const { step: it, paths } = step();
    await expect(ensurePgbouncer(it, paths)).rejects.toThrow(
      /version 1\.24 or newer was not found on PATH, and apt-get, gcc, make, dpkg-deb, tar to build it with are missing\. Install PgBouncer 1\.24/,
    );
  });
});

describe("the Pulumi engine's set-up", () => {
  it("says in one sentence what to install where there is neither download nor Go", () => {
    // In a process of its own: Pulumi's home is read once.
    const script = `
      import { Step } from "./local/setup/step.ts";
      import { LocalPaths } from "./local/paths.ts";
      import { ensurePulumiEngine } from "./local/setup/pulumi-engine.ts";
      const step = new Step(new LocalPaths(${JSON.stringify(join(folder, "local"))}), "engine", () => {});
      await ensurePulumiEngine(step).catch((error) => console.log(error.message));`;
    const nowhere = "http://127.0.0.1:9";
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: projectRoot,
      encoding: "utf8",
      env: {
        ...{ PATH: dirname(process.execPath), PULUMI_HOME: join(folder, "pulumi"), HOME: folder },
        ...{ HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere },
      },
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/Install Pulumi \d+\.\d+\.\d+ \(\S+\) or Go 1\.26 or newer, and run the command again\./);
  }, 60_000);
});

describe("the set-up as a whole", () => {
  it("names a place that it cannot write to", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    await expect(setUp(new LocalPaths(join(file, "local")), () => undefined)).rejects.toThrow(
      /folder ".*a-file\/local": cannot be written/,
    );
  });

  it("lets a second one wait, and takes over the lock of one that was killed", async () => {
    const lock = join(folder, "locks", "set-up");
    mkdirSync(dirname(lock), { recursive: true });
    const log = join(folder, "log");
    const run = (name: string, holdMs: number) => {
      const script = `
        import { appendFileSync } from "node:fs";
        import { withLock } from "./local/setup/lock.mjs";
        const say = (word) => appendFileSync(${JSON.stringify(log)}, "${name} " + word + "\\n");
        await withLock(${JSON.stringify(lock)}, async () => {
          say("in");
          await new Promise((resolve) => setTimeout(resolve, ${holdMs}));
          say("out");
        }, () => say("waits"));`;
      return spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: projectRoot });
    };
    const said = (): string[] => {
      try {
        return readFileSync(log, "utf8").trim().split("\n");
      } catch {
        return [];
      }
    };
    const until = async (word: string): Promise<void> => {
      while (!said().includes(word)) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const killed = run("first", 600_000);
    await until("first in");
    const second = run("second", 300);
    await until("second waits");
    killed.kill("SIGKILL");
    await until("second in");
    const third = run("third", 0);
    await Promise.all([once(second, "exit"), once(third, "exit")]);
    expect(said()).toEqual([
      ...["first in", "second waits", "second in"],
      ...(said().includes("third waits") ? ["third waits"] : []),
      ...["second out", "third in", "third out"],
    ]);
  }, 60_000);
});
