// The migration engine beside its peers: a thousand files on loopback, each contestant in turn, on a server with the settings
// that PostgreSQL comes with.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths } from "../local/paths.ts";
import { startCluster, type TestCluster } from "../tests/support/postgres.ts";
import { writeFolders } from "./migrator-folders.ts";
import {
  bareNode,
  command,
  type Contestant,
  dbmate,
  flyway,
  inProcess,
  type Measure,
  nodePgMigrateCommand,
} from "./migrator-peers.ts";

const FILES = 1_000;
const ROUNDS = 5;
const promised = { ratio: 1.1, noOpMs: 50, noOpCommandMs: 250, megabytes: 150, planMs: 1_000 };

type Say = (line: string) => void;
type Contestants = ReadonlyMap<string, Contestant>;
const ours = "this engine";

/** Prints tables; asserts nothing, for machines differ. */
export async function benchMigrator(say: Say): Promise<void> {
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

async function benchRuns(say: Say, cluster: TestCluster, work: string): Promise<void> {
  const folders = writeFolders(work, FILES);
  const java = flyway(cluster, folders.engine, work);
  const contestants = new Map<string, Contestant>([
    ["raw pg", inProcess(cluster, "rawPg", folders.engine)],
    [ours, inProcess(cluster, "engine", folders.engine)],
    ["node-pg-migrate", inProcess(cluster, "nodePgMigrate", folders.nodePgMigrate)],
    ["dbmate", dbmate(cluster, folders.dbmate)],
    ...(java === undefined ? [] : ([["Flyway", java]] as const)),
  ]);
  say(`${String(FILES)} files        time      this engine's ratio to it   memory`);
  report(say, await inTurn(contestants, (contestant) => onFreshDatabase(cluster, contestant)));
  if (java === undefined) say("Flyway: Java or its artifacts are not at hand");
  say(
    `promised: at most ${promised.ratio.toFixed(2)}x raw pg, below 1 beside the others, ${String(promised.megabytes)} MB\n`,
  );
}

async function benchNothingToDo(say: Say, cluster: TestCluster, work: string): Promise<void> {
  const { engine, nodePgMigrate, dbmate: dbmateFolder } = writeFolders(work, FILES);
  const ready = async (contestant: Contestant): Promise<string> => {
    const name = await freshDatabase(cluster);
    await contestant(name);
    return name;
  };
  const mine = await ready(inProcess(cluster, "engine", engine));
  const theirs = await ready(inProcess(cluster, "nodePgMigrate", nodePgMigrate));
  const dbmates = await ready(dbmate(cluster, dbmateFolder));
  const on =
    (name: string, contestant: Contestant): Contestant =>
    () =>
      contestant(name);
  say(`nothing to do, in process (promised ${String(promised.noOpMs)} ms)`);
  const inside = new Map([
    [ours, on(mine, inProcess(cluster, "noOp", engine, 5))],
    ["node-pg-migrate", on(theirs, inProcess(cluster, "nodePgMigrate", nodePgMigrate, 5))],
  ]);
  report(say, await inTurn(inside, (contestant) => contestant("")));
  say(`nothing to do, as a command without npm (promised ${String(promised.noOpCommandMs)} ms)`);
  const commands = new Map([
    [ours, on(mine, command(cluster, engine))],
    ["node-pg-migrate", on(theirs, nodePgMigrateCommand(cluster, nodePgMigrate))],
    ["dbmate", on(dbmates, dbmate(cluster, dbmateFolder))],
    ["node -e 0", (): Promise<Measure> => bareNode()],
  ]);
  report(say, await inTurn(commands, (contestant) => contestant("")));
  say(`plan with lint (promised ${String(promised.planMs)} ms)`);
  const plan = new Map([[ours, on(mine, inProcess(cluster, "plan", engine, 3))]]);
  report(say, await inTurn(plan, (contestant) => contestant("")));
}

async function benchTenThousand(say: Say, cluster: TestCluster, work: string): Promise<void> {
  const few = await onFreshDatabase(cluster, inProcess(cluster, "engine", writeFolders(work, FILES).engine));
  const many = await onFreshDatabase(cluster, inProcess(cluster, "engine", writeFolders(work, FILES * 10).engine));
  const memory = `${many.megabytes.toFixed(0)} MB`;
  say(`ten times the files  ${time(many.ms)}, ${(many.ms / few.ms / 10).toFixed(2)}x of linear, ${memory}`);
}

/** Round by round each contestant once, forwards and backwards, so that what the machine does besides meets all of them. */
async function inTurn(
  contestants: Contestants,
  run: (contestant: Contestant) => Promise<Measure>,
): Promise<Map<string, Measure[]>> {
  const measures = new Map([...contestants.keys()].map((name): [string, Measure[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = [...contestants];
    for (const [name, contestant] of round % 2 === 0 ? order : order.reverse())
      measures.get(name)?.push(await run(contestant));
  }
  return measures;
}

/** Medians, and this engine's ratio to each within the rounds, with its spread. */
function report(say: Say, measures: ReadonlyMap<string, readonly Measure[]>): void {
  const own = measures.get(ours) ?? [];
  for (const [name, all] of measures) {
    const { ms, megabytes } = median(all);
    const ratios = all
      .map((peer, round) => (own[round]?.ms ?? Number.NaN) / peer.ms)
      .sort((left, right) => left - right);
    const [least = Number.NaN, middle = Number.NaN, most = Number.NaN] = [0, 0.5, 1].map(
      (part) => ratios[Math.floor((ratios.length - 1) * part)],
    );
    const spread = `${middle.toFixed(2)}x (${least.toFixed(2)} to ${most.toFixed(2)})`;
    const memory = Number.isNaN(megabytes) ? "" : `${megabytes.toFixed(0)} MB`;
    say(`${name.padEnd(16)} ${time(ms)}  ${spread.padStart(24)}  ${memory.padStart(8)}`);
  }
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
  // It stays to the end: ext4 looks for minutes past the inodes of deleted files, which whoever comes next would pay for.
  return await contestant(await freshDatabase(cluster));
}

function median(measures: readonly Measure[]): Measure {
  const sorted = [...measures].sort((left, right) => left.ms - right.ms);
  return sorted[Math.floor(sorted.length / 2)] ?? { ms: Number.NaN, megabytes: Number.NaN };
}

function time(ms: number): string {
  return (ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`).padStart(9);
}
