// The process table of the local cloud, with real processes.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { LocalPaths } from "../../local/paths.ts";
import { Processes, startTimeOf } from "../../local/processes.ts";

describe("a process of the local cloud", () => {
  let paths: LocalPaths;
  let processes: Processes;

  const start = async (...args: string[]): Promise<number> =>
    await processes.start({
      ...{ name: "sleeper", program: "/bin/sh", args, cwd: paths.root, env: { PATH: "/usr/bin:/bin" } },
      ...{ logFile: paths.at("logs", "sleeper.log"), unprivileged: false },
    });

  beforeEach(() => {
    paths = new LocalPaths(mkdtempSync(join(new LocalPaths().folder("tests"), "processes-")));
    processes = new Processes(paths);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await processes.stop("sleeper", { signal: "SIGKILL" });
    rmSync(paths.root, { recursive: true, force: true });
  });

  it("is adopted by the next start and gone after the stop", async () => {
    const pid = await start("-c", "sleep 60 & wait");
    expect(await new Processes(paths).start({ ...spec(), name: "sleeper" })).toBe(pid);
    await processes.stop("sleeper");
    expect(startTimeOf(pid)).toBeUndefined();
    expect(processes.names()).toEqual([]);
  });

  it("may end between the look and the signal", async () => {
    await start("-c", "sleep 60");
    const kill = process.kill.bind(process);
    jest.spyOn(process, "kill").mockImplementationOnce((pid) => {
      kill(pid, "SIGKILL");
      throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
    });
    await processes.stop("sleeper");
    expect(processes.names()).toEqual([]);
  });

  it("that is not ours to signal is reported", async () => {
    await start("-c", "sleep 60");
    jest.spyOn(process, "kill").mockImplementationOnce(() => {
      throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    });
    await expect(processes.stop("sleeper")).rejects.toThrow("EPERM");
  });

  const spec = () => ({
    ...{ program: "/bin/false", args: [], cwd: paths.root, env: {} },
    ...{ logFile: paths.at("logs", "sleeper.log"), unprivileged: false },
  });
});
