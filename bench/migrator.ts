// The migration engine beside its peers: a thousand files on loopback, each contestant in turn, on a server with the settings
// that PostgreSQL comes with.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths } from "../local/paths.ts";
import { startCluster, type TestCluster } from "../tests/support/postgres.ts";
import { writeFolders } from "./migrator-folders.ts";
import { command, type Contestant, dbmate, flyway, inProcess, type Measure } from "./migrator-peers.ts";

const FILES = 1_000;
const ROUNDS = 5;
const promised = { ratio: 1.1, noOpMs: 50, noOpCommandMs: 250, megabytes: 150, planMs: 1_000 };

/** Prints tables; asserts nothing, for machines differ. */
export async function benchMigrator(say: (line: string) => void): Promise<void> {
  const work = mkdtempSync(join(new LocalPaths().folder("tests"), "bench-"));
  const cluster = await startCluster({ fsync: "on" });
  try {
    await benchRuns(say, cluster, work);
    await benchNothingToDo(say, cluster, work);
    await benchTenThousand(say, cluster, work);
  } finally {
    await cluster.remove();
    rmSync(work, { recursive: true, force: true });
  }
}

async function benchRuns(say: (line: string) => void, cluster: TestCluster, work: string): Promise<void> {
  const folders = writeFolders(work, FILES);
  const java = flyway(cluster, folders.engine, work);
  const contestants = new Map<string, Contestant>([
    ["raw pg", inProcess(cluster, "rawPg", folders.engine)],
    ["this engine", inProcess(cluster, "engine", folders.engine)],
    ["node-pg-migrate", inProcess(cluster, "nodePgMigrate", folders.nodePgMigrate)],
    ["dbmate", dbmate(cluster, folders.dbmate)],
    ...(java === undefined ? [] : ([["Flyway", java]] as const)),
  ]);
  const measures = new Map([...contestants.keys()].map((name): [string, Measure[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, contestant] of contestants) {
      // Once is enough to see how far behind they are.
      if (round > 0 && !["raw pg", "this engine"].includes(name)) continue;
      measures.get(name)?.push(await onFreshDatabase(cluster, contestant));
    }
  }
  const own = measures.get("this engine") ?? [];
  say(`${String(FILES)} files        time      this engine's ratio to it   memory`);
  for (const [name, all] of measures) {
    const { ms, megabytes } = median(all);
    // Within a round the machine was the same for both.
    const ratios = all
      .map((peer, round) => (own[round]?.ms ?? Number.NaN) / peer.ms)
      .sort((left, right) => left - right);
    const ratio = ratios[Math.floor(ratios.length / 2)] ?? Number.NaN;
    const memory = Number.isNaN(megabytes) ? "" : `${megabytes.toFixed(0)} MB`;
    say(`${name.padEnd(16)} ${seconds(ms)}  ${ratio.toFixed(2).padStart(22)}x  ${memory.padStart(8)}`);
  }
  if (java === undefined) say("Flyway: Java or its artifacts are not at hand");
  say(
    `promised: at most ${promised.ratio.toFixed(2)}x raw pg, below 1 beside the others, ${String(promised.megabytes)} MB\n`,
  );
}

async function benchNothingToDo(say: (line: string) => void, cluster: TestCluster, work: string): Promise<void> {
  const { engine } = writeFolders(work, FILES);
  const name = await freshDatabase(cluster);
  await inProcess(cluster, "engine", engine)(name);
  const rows: [string, Contestant, number][] = [
    ["no-op in process", inProcess(cluster, "noOp", engine, 5), promised.noOpMs],
    ["no-op as a command", command(cluster, engine), promised.noOpCommandMs],
    ["plan with lint", inProcess(cluster, "plan", engine, 3), promised.planMs],
  ];
  for (const [what, contestant, limit] of rows) {
    const all: Measure[] = [];
    for (let round = 0; round < ROUNDS; round += 1) all.push(await contestant(name));
    say(`${what.padEnd(20)} ${median(all).ms.toFixed(0).padStart(6)} ms (promised ${String(limit)} ms)`);
  }
}

async function benchTenThousand(say: (line: string) => void, cluster: TestCluster, work: string): Promise<void> {
  const few = await onFreshDatabase(cluster, inProcess(cluster, "engine", writeFolders(work, FILES).engine));
  const many = await onFreshDatabase(cluster, inProcess(cluster, "engine", writeFolders(work, FILES * 10).engine));
  const memory = `${many.megabytes.toFixed(0)} MB`;
  say(`ten times the files  ${seconds(many.ms)}, ${(many.ms / few.ms / 10).toFixed(2)}x of linear, ${memory}`);
}

let databases = 0;

async function freshDatabase(cluster: TestCluster): Promise<string> {
  databases += 1;
  const name = `bench_${String(databases)}`;
  const admin = await cluster.connect();
  // So that no contestant pays for the pages of the one before it.
  await admin.query(`create database ${name}`);
  await admin.query("checkpoint");
  await admin.end();
  return name;
}

async function onFreshDatabase(cluster: TestCluster, contestant: Contestant): Promise<Measure> {
  const name = await freshDatabase(cluster);
  const measure = await contestant(name);
  const admin = await cluster.connect();
  await admin.query(`drop database ${name}`);
  await admin.end();
  return measure;
}

function median(measures: readonly Measure[]): Measure {
  const sorted = [...measures].sort((left, right) => left.ms - right.ms);
  return sorted[Math.floor(sorted.length / 2)] ?? { ms: Number.NaN, megabytes: Number.NaN };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(9);
}
