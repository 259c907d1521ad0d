// The engine is killed with -9 in the middle of a first update and `npm start` goes on: what was half-made is adopted or dropped.
// `npm test` samples the points by its seed; the full suite takes every one and goes on where an earlier run stopped.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { startTimeOf } from "../../local/processes.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { pulumiHome } from "../../local/setup/pulumi-engine.ts";
import { LocalStack } from "../support/local-stack.ts";

const minutes = 60_000;
const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? 1);
const SAMPLE = 1;

/** A resource event as the engine prints it: one line when a creation begins, one when it has ended. */
const resourceEvent = /^\s*\+\s+\S+:\S+\s+\S+\s+(?:creating|created)\b/;

describe(`an engine that is killed with -9 (seed ${seed})`, () => {
  it(
    full ? "converges after every resource event" : "converges after resource events of the sample",
    async () => {
      const events = await eventsOfFirstUpdate();
      expect(events).toBeGreaterThan(200);
      const done = new FinishedPoints();
      for (const point of points(events).filter((point) => !done.has(point))) {
        await interruptAndRecover(point);
        done.add(point);
      }
    },
    (full ? 600 : 6) * minutes,
  );
});

/** Two events for each resource that a first update creates. */
async function eventsOfFirstUpdate(): Promise<number> {
  const stack = new LocalStack();
  try {
    const { output } = await stack.run("pulumi", ["preview", "--non-interactive", "--color", "never"]);
    return 2 * Number(/\+ (\d+) to create/.exec(output)?.[1]);
  } finally {
    await stack.remove();
  }
}

function points(events: number): number[] {
  if (full) return Array.from({ length: events - 1 }, (_, index) => index + 1);
  const step = (0.9 * events) / SAMPLE;
  // A multiple of the golden ratio spreads neighbouring seeds over the whole step.
  const shift = ((seed * 0.618) % 1) * step;
  return Array.from({ length: SAMPLE }, (_, index) => 1 + Math.floor(index * step + shift));
}

async function interruptAndRecover(point: number): Promise<void> {
  const stack = new LocalStack();
  let left: number[] = [];
  try {
    left = await interrupt(stack, point);
    const { code, output } = await stack.run("start");
    if (code !== 0) throw new Error(`after event ${point}: start failed\n${output}`);
    expect({ point, verified: /verify: all \d+ passed/.test(output) }).toEqual({ point, verified: true });
    // Nothing twice, nothing without an owner: what the local cloud keeps is what the state names.
    expect({ point, kept: keptByCloud(stack) }).toEqual({ point, kept: namedByState(stack) });
    expect({ point, providers: left.filter(isProvider) }).toEqual({ point, providers: [] });
  } finally {
    await stack.remove();
    // The program is left: it can change nothing without its engine, and ends with the language host.
    for (const pid of left.filter(alive)) process.kill(pid, "SIGKILL");
  }
}

/** Kills the engine once it has printed so many events. Returns the processes that it had started. */
async function interrupt(stack: LocalStack, point: number): Promise<number[]> {
  let [seen, rest, killed] = [0, "", false];
  let left: number[] = [];
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"];
  const { child, result } = stack.launch("pulumi", args, {}, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    seen += lines.filter((line) => resourceEvent.test(line)).length;
    if (killed || seen < point) return;
    killed = true;
    left = killEngine(child.pid ?? 0);
  });
  const { code, output } = await result;
  // The engine prints some events of fast resources as one: the last points may lie behind its end.
  if (killed === (code === 0)) throw new Error(`event ${point}: the update ended with ${code}\n${output}`);
  return left;
}

function killEngine(root: number): number[] {
  const family = descendants(root);
  const engines = family.filter((pid) => executable(pid).startsWith(join(pulumiHome, "versions")));
  const engine = engines.find((pid) => executable(pid).endsWith("/pulumi"));
  if (engine === undefined) throw new Error("no engine among the processes");
  process.kill(engine, "SIGKILL");
  return family.filter((pid) => pid !== engine);
}

function descendants(root: number): number[] {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]));
  const family = [root];
  for (const parent of family) family.push(...pids.filter((pid) => parents.get(pid) === parent));
  return family;
}

/** Field 4 of /proc/PID/stat. */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

function executable(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

/** A process that has ended and was not waited for yet is not alive. */
const alive = (pid: number): boolean => startTimeOf(pid) !== undefined;

/** A process that works on resources, and would go on behind the next update's back. */
function isProvider(pid: number): boolean {
  if (!alive(pid)) return false;
  return /pulumi-resource-|dynamic-provider/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
}

function keptByCloud(stack: LocalStack): string[] {
  const folder = stack.paths.folder("cloud", "resources");
  const urns = readdirSync(folder).map(
    (name) => (JSON.parse(readFileSync(join(folder, name), "utf8")) as { urn: string }).urn,
  );
  return urns.sort();
}

function namedByState(stack: LocalStack): string[] {
  const file = join(stack.paths.folder("state"), ".pulumi", "stacks", "music-library", "local.json");
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
    checkpoint: { latest: { resources: { urn: string; type: string }[]; pending_operations?: unknown[] } };
  };
  expect(checkpoint.latest.pending_operations ?? []).toEqual([]);
  // Random values live in the state alone.
  const kept = checkpoint.latest.resources.filter(({ type }) => type.startsWith("gcp:"));
  return kept.map(({ urn }) => urn).sort();
}

/** Points that an earlier full run of this very tree has passed. */
class FinishedPoints {
  private readonly file = new LocalPaths().at("tests", "interrupted-update.json");
  private readonly tree = spawnSync("git", ["rev-parse", "HEAD"], { cwd: projectRoot, encoding: "utf8" }).stdout.trim();
  private readonly points: Set<number>;

  constructor() {
    const known = full && existsSync(this.file) ? (JSON.parse(readFileSync(this.file, "utf8")) as Finished) : undefined;
    this.points = new Set(known?.tree === this.tree ? known.points : []);
  }

  has(point: number): boolean {
    return this.points.has(point);
  }

  add(point: number): void {
    this.points.add(point);
    if (full) writeFileSync(this.file, JSON.stringify({ tree: this.tree, points: [...this.points] }));
  }
}

interface Finished {
  tree: string;
  points: number[];
}
