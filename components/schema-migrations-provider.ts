// What the dynamic resource SchemaMigrations does, over the engine. Runs in the provider's process, in the project's folder.
import type { dynamic } from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { openClient } from "../connections/open.ts";
import {
  formatProblem,
  loadMigrations,
  MigrationError,
  MigrationFilesError,
  type MigrationSet,
  type MigratorOptions,
  plan,
  readApplied,
  up,
  waitUntilReady,
} from "../migrator/index.ts";
import { isUnknown } from "./unknown-input.ts";

export interface MigrationInput {
  version: string;
  description: string;
  file: string;
  sha256: string;
  transactional: boolean;
  /** How many statements the file holds; filled in by check. */
  statements?: number;
}

export interface SchemaMigrationsInputs {
  connection: ConnectionDescriptor;
  verifierConnection: ConnectionDescriptor;
  folder: string;
  seedsFolder?: string;
  ownerRole: string;
  historyReaders: string[];
  requiredSchemas: string[];
  readinessDeadlineMs: number;
  files: MigrationInput[];
  seeds: { description: string; file: string; sha256: string }[];
}

export interface SchemaMigrationsOutputs extends SchemaMigrationsInputs {
  version: string;
  appliedCount: number;
  applied: { version: string; file: string; sha256: string }[];
}

const APPLICATION = "music-library migrations";
/** A preview must not hang on a database that is not there. */
const PREVIEW_TIMEOUT_MS = 3_000;

/** Refuses wrong files, and files that contradict what was applied. Connects only when the state cannot tell. */
export async function check(
  olds: Partial<SchemaMigrationsInputs>,
  news: SchemaMigrationsInputs,
): Promise<dynamic.CheckResult<SchemaMigrationsInputs>> {
  const failures: dynamic.CheckFailure[] = [];
  const fail = (reason: string): number => failures.push({ property: "files", reason });
  let set: MigrationSet | undefined;
  try {
    set = await loadMigrations(news);
  } catch (error) {
    if (!(error instanceof MigrationFilesError)) throw error;
    error.problems.forEach((problem) => fail(formatProblem(problem)));
  }
  const { problems } = plan(news.files, olds.files ?? []);
  if (problems.length > 0)
    (
      await contradictions(
        olds,
        news,
        problems.map(({ message }) => message),
      )
    ).forEach(fail);
  const files = news.files.map((input) => {
    const parsed = set?.migrations.find(({ version }) => version === input.version);
    return parsed === undefined ? input : { ...input, statements: parsed.statements.length };
  });
  return { inputs: { ...news, files }, failures };
}

/**
 * The state names files that were meant to be applied; after a failure some were not. Where it contradicts the folder the
 * history has the last word; without an answer the state's word stands.
 */
async function contradictions(
  olds: Partial<SchemaMigrationsInputs>,
  news: SchemaMigrationsInputs,
  fromState: string[],
): Promise<string[]> {
  const known = [news.verifierConnection, olds.verifierConnection].find(
    (descriptor) => descriptor !== undefined && !isUnknown(descriptor),
  );
  if (known === undefined) return fromState;
  try {
    const applied = await readApplied(readerOptions(known, PREVIEW_TIMEOUT_MS));
    return plan(news.files, applied ?? []).problems.map(({ message }) => message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fromState.map((message) => `${message} (By the stack's state; the database did not answer: ${reason})`);
  }
}

/** What is left to do is decided by files and history; a changed way to the database is an update that applies nothing. */
export function diff(
  _id: string,
  olds: SchemaMigrationsOutputs,
  news: SchemaMigrationsInputs,
): Promise<dynamic.DiffResult> {
  const applied = olds.applied.map(({ version, sha256 }) => `${version} ${sha256}`).join();
  const wanted = news.files.map(({ version, sha256 }) => `${version} ${sha256}`).join();
  const changes = isUnknown(news) || applied !== wanted || comparable(olds) !== comparable(news);
  return Promise.resolve({ changes, replaces: [] });
}

function comparable(inputs: SchemaMigrationsInputs): string {
  const { connection, verifierConnection, ownerRole, historyReaders, files, seeds } = inputs;
  const names = [...files, ...seeds].map(({ file, sha256 }) => [file, sha256]);
  const descriptors = [connection, verifierConnection].map((descriptor) => Object.entries(descriptor).sort());
  return JSON.stringify([descriptors, ownerRole, historyReaders, names]);
}

export async function create(inputs: SchemaMigrationsInputs): Promise<dynamic.CreateResult<SchemaMigrationsOutputs>> {
  return { id: inputs.connection.database, outs: await bringUp(inputs) };
}

export async function update(
  _id: string,
  _olds: SchemaMigrationsOutputs,
  news: SchemaMigrationsInputs,
): Promise<dynamic.UpdateResult<SchemaMigrationsOutputs>> {
  return { outs: await bringUp(news) };
}

async function bringUp(inputs: SchemaMigrationsInputs): Promise<SchemaMigrationsOutputs> {
  const set = await loadMigrations(inputs);
  refuseOtherFiles(inputs, set);
  const { ownerRole, historyReaders, requiredSchemas, readinessDeadlineMs: deadlineMs } = inputs;
  const connect = (): ReturnType<typeof openClient> => openClient(inputs.connection, { applicationName: APPLICATION });
  await waitUntilReady({ connect, ownerRole, requiredSchemas, deadlineMs, onProgress: say });
  try {
    const options: MigratorOptions = {
      connect,
      ownerRole,
      historyReaders,
      onProgress: (progress) => {
        if (progress.step === "done") say(`${progress.file}: done in ${String(progress.durationMs)} ms`);
        else if (progress.step !== "starting") say(progress.message);
      },
    };
    await up(options, set);
    return outputs(inputs, set.migrations);
  } catch (error) {
    throw await partialFailure(inputs, { connect }, error);
  }
}

/** Between preview and update someone may have saved a file: what was shown is what runs. */
function refuseOtherFiles({ files }: SchemaMigrationsInputs, { migrations }: MigrationSet): void {
  const shown = files.map(({ file, sha256 }) => `${file} ${sha256}`);
  const found = migrations.map(({ file, sha256 }) => `${file} ${sha256}`);
  const other = [
    ...shown.filter((entry) => !found.includes(entry)),
    ...found.filter((entry) => !shown.includes(entry)),
  ];
  if (other.length === 0) return;
  const names = [...new Set(other.map((entry) => entry.split(" ", 1).join("")))].join(", ");
  throw new MigrationError(
    `migrations: files changed while the update ran (${names}); expected them unchanged. Run it again.`,
  );
}

/** Pulumi keeps a resource whose error carries id and properties: what was applied stays known, and the next update resumes. */
async function partialFailure(
  inputs: SchemaMigrationsInputs,
  options: MigratorOptions,
  error: unknown,
): Promise<unknown> {
  const applied = await readApplied(options).catch(() => null);
  if (applied === null || !(error instanceof Error)) return error;
  return Object.assign(error, {
    id: inputs.connection.database,
    properties: outputs(inputs, applied),
    reasons: [error.message],
  });
}

function outputs(
  inputs: SchemaMigrationsInputs,
  rows: readonly { version: string; file: string; sha256: string | null }[],
): SchemaMigrationsOutputs {
  const applied = rows.map(({ version, file, sha256 }) => ({ version, file, sha256: sha256 ?? "" }));
  return { ...inputs, version: applied.at(-1)?.version ?? "", appliedCount: applied.length, applied };
}

/** Asks the history, as the login that can only read. Rows that vanished or changed show as a difference in the next preview. */
export async function read(
  id: string,
  props?: SchemaMigrationsOutputs,
): Promise<dynamic.ReadResult<SchemaMigrationsOutputs>> {
  if (props === undefined)
    throw new MigrationError(`migrations "${id}": cannot be imported; run pulumi up, it adopts them.`);
  const rows = (await readApplied(readerOptions(props.verifierConnection))) ?? [];
  const files = rows.map(({ version, description, file, sha256 }) => {
    const known = props.files.find((input) => input.version === version);
    return { transactional: true, ...known, version, description, file, sha256: sha256 ?? known?.sha256 ?? "" };
  });
  const outs = outputs({ ...props, files }, files);
  // What goes back as inputs must hold no outputs; Pulumi types both alike.
  const inputs = { ...outs, version: undefined, appliedCount: undefined, applied: undefined };
  return { id, props: outs, inputs: dropUndefined(inputs) as SchemaMigrationsOutputs };
}

function dropUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Deletes nothing: tables and data go with the instance, or not at all. */
export function remove(): Promise<void> {
  return Promise.resolve();
}

function readerOptions(descriptor: ConnectionDescriptor, connectTimeoutMs?: number): MigratorOptions {
  const timeout = connectTimeoutMs === undefined ? {} : { connectTimeoutMs };
  return { connect: () => openClient(descriptor, { applicationName: `${APPLICATION} (reader)`, ...timeout }) };
}

/** Lines of standard output show in the command's diagnostics. */
function say(message: string): void {
  process.stdout.write(`migrations: ${message}\n`);
}
