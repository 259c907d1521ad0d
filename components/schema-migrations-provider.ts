// What the dynamic resource SchemaMigrations does, over the engine. Runs in the provider's process, in the project's folder.
import type { dynamic } from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { openClient } from "../connections/open.ts";
import { waitUntilReady } from "../connections/readiness.ts";
import { linter } from "../lint/lint.ts";
import {
  type AppliedFile,
  compareVersions,
  type DatabaseState,
  down,
  driftError,
  formatDifference,
  formatProblem,
  formatProgress,
  loadMigrations,
  MigrationError,
  MigrationFilesError,
  type MigrationSet,
  type MigratorOptions,
  plan,
  type Progress,
  readDatabase,
  sinceBaseline,
  up,
  withSignals,
} from "../migrator/index.ts";
import {
  differs,
  formatFinding,
  isBeyond,
  planned,
  type SchemaMigrationsInputs,
  type SchemaMigrationsOutputs,
} from "./schema-migrations-inputs.ts";
import { isUnknown } from "./unknown-input.ts";

const APPLICATION = "music-library migrations";
/** A preview must not hang on a database that is not there. */
const PREVIEW_TIMEOUT_MS = 3_000;
/** The engine kills the process five seconds after it has asked it to stop; the run itself stops within four. */
const EXIT_AFTER_MS = 4_500;

/** Refuses wrong files, and files that contradict what was applied. Connects only when the state cannot tell. */
export async function check(
  olds: Partial<SchemaMigrationsInputs>,
  news: SchemaMigrationsInputs,
): Promise<dynamic.CheckResult<SchemaMigrationsInputs>> {
  const failures: dynamic.CheckFailure[] = [];
  const fail = (reason: string, property = "files"): number => failures.push({ property, reason });
  let set: MigrationSet | undefined;
  try {
    set = await loadMigrations({ ...news, linter: linter("all") });
  } catch (error) {
    if (!(error instanceof MigrationFilesError)) throw error;
    error.problems.forEach((problem) => fail(formatProblem(problem)));
  }
  checkTarget(olds, news, set).forEach((reason) => fail(reason, "targetVersion"));
  (await contradictions(olds, news)).forEach((reason) => fail(reason));
  const known = new Set((olds.files ?? []).map(({ file }) => file));
  for (const finding of (set?.findings ?? []).filter(({ file }) => !known.has(file))) {
    // What ran once cannot be corrected any more: a rule that came later has nothing to say about it.
    if (finding.severity === "error") fail(formatFinding(finding));
    else say(formatFinding(finding));
  }
  const files = news.files.map((input) => {
    const parsed = set?.migrations.find(({ version }) => version === input.version);
    return parsed === undefined ? input : planned(input, parsed, set?.findings ?? []);
  });
  return { inputs: { ...news, files }, failures };
}

function checkTarget(
  olds: Partial<SchemaMigrationsInputs>,
  { targetVersion: target = "", allowDown = false }: SchemaMigrationsInputs,
  set: MigrationSet | undefined,
): string[] {
  if (target === "" || set === undefined) return [];
  const versions = set.migrations.map(({ version }) => version);
  if (!["0", ...versions].some((version) => compareVersions(version, target) === 0)) {
    return [
      `migrationTarget "${target}": is no version of the folder; expected "", "0" or one of: ${versions.join(", ")}.`,
    ];
  }
  const beyond = (olds.files ?? []).filter(({ version }) => isBeyond(version, target));
  return beyond.length === 0 || allowDown ? [] : [belowApplied(target, beyond.at(-1)?.version)];
}

function belowApplied(target: string, applied: string | undefined): string {
  return (
    `migrationTarget "${target}": is below what is applied (${applied ?? ""}); expected it at or above, or "". ` +
    "Going back loses what the later migrations hold: set migrationAllowDown to true if that is meant."
  );
}

/**
 * The state names files that were meant to be applied; after a failure some were not. Where it contradicts the folder the
 * history has the last word; without an answer the state's word stands.
 */
async function contradictions(olds: Partial<SchemaMigrationsInputs>, news: SchemaMigrationsInputs): Promise<string[]> {
  const problems = (rows: readonly AppliedFile[], baseline: string | null = null): string[] => {
    const kept = rows.filter(({ version }) => !isBeyond(version, news.targetVersion));
    return plan(sinceBaseline(news.files, { applied: kept, baseline }), kept).problems.map(({ message }) => message);
  };
  const fromState = problems(olds.files ?? []);
  const known = [news.verifierConnection, olds.verifierConnection].find(
    (descriptor) => descriptor !== undefined && !isUnknown(descriptor),
  );
  if (fromState.length === 0 || known === undefined) return fromState;
  try {
    const { applied, baseline } = await readDatabase(readerOptions(known, PREVIEW_TIMEOUT_MS));
    return problems(applied ?? [], baseline);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fromState.map((message) => `${message} (By the stack's state; the database did not answer: ${reason})`);
  }
}

export function diff(
  _id: string,
  olds: SchemaMigrationsOutputs,
  news: SchemaMigrationsInputs,
): Promise<dynamic.DiffResult> {
  return Promise.resolve({ changes: isUnknown(news) || differs(olds, news), replaces: [] });
}

export async function create(inputs: SchemaMigrationsInputs): Promise<dynamic.CreateResult<SchemaMigrationsOutputs>> {
  return { id: inputs.connection.database, outs: await bringUp(inputs, { acceptSurroundings: true }) };
}

export async function update(
  _id: string,
  olds: SchemaMigrationsOutputs,
  news: SchemaMigrationsInputs,
): Promise<dynamic.UpdateResult<SchemaMigrationsOutputs>> {
  return { outs: await bringUp(news, { acceptSurroundings: olds.surroundings !== news.surroundings }) };
}

async function bringUp(
  inputs: SchemaMigrationsInputs,
  { acceptSurroundings }: Pick<MigratorOptions, "acceptSurroundings">,
): Promise<SchemaMigrationsOutputs> {
  const set = upToTarget(await loadMigrations(inputs), inputs.targetVersion);
  refuseOtherFiles(inputs, set);
  const { ownerRole, historyReaders, requiredSchemas, environment = "", readinessDeadlineMs: deadlineMs } = inputs;
  const connect = (): ReturnType<typeof openClient> => openClient(inputs.connection, { applicationName: APPLICATION });
  await waitUntilReady({ connect, ownerRole, requiredSchemas, deadlineMs, onProgress: say });
  try {
    return await withSignals(async (signal) => {
      signal.addEventListener("abort", () => setTimeout(() => process.exit(130), EXIT_AFTER_MS).unref());
      const rights = { ownerRole, historyReaders, acceptSurroundings: acceptSurroundings ?? false };
      const options: MigratorOptions = { connect, ...rights, environment, signal, onProgress: tell };
      await goDown(options, inputs);
      await up(options, set);
      const state = await readDatabase({ connect });
      if (state.drift.objects.length > 0) throw driftError(state.drift.objects);
      return outputs(inputs, state);
    });
  } catch (error) {
    throw await partialFailure(inputs, { connect }, error);
  }
}

/** Files up to the target. Repeatables and seeds are written for the last version: they run only there. */
function upToTarget(set: MigrationSet, target: string | undefined): MigrationSet {
  const migrations = set.migrations.filter(({ version }) => !isBeyond(version, target));
  return migrations.length === set.migrations.length ? set : { ...set, migrations, repeatables: [], seeds: [] };
}

async function goDown(
  options: MigratorOptions,
  { targetVersion = "", allowDown = false }: SchemaMigrationsInputs,
): Promise<void> {
  if (targetVersion === "") return;
  const { applied } = await readDatabase({ connect: options.connect });
  const beyond = (applied ?? []).filter(({ version }) => isBeyond(version, targetVersion));
  if (beyond.length === 0) return;
  if (!allowDown) throw new MigrationError(belowApplied(targetVersion, beyond.at(-1)?.version));
  await down(options, targetVersion);
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
  const state = await readDatabase(options).catch(() => null);
  if (!state?.applied || !(error instanceof Error)) return error;
  return Object.assign(error, {
    id: inputs.connection.database,
    properties: outputs(inputs, state),
    reasons: [error.message],
  });
}

function outputs(inputs: SchemaMigrationsInputs, state: DatabaseState): SchemaMigrationsOutputs {
  const applied = (state.applied ?? []).map(({ version, file, sha256 }) => ({ version, file, sha256: sha256 ?? "" }));
  const baseline = state.baseline ?? "";
  const drift = state.drift.objects.map(formatDifference);
  return {
    ...inputs,
    version: applied.at(-1)?.version ?? baseline,
    appliedCount: applied.length,
    applied,
    baseline,
    drift,
  };
}

/**
 * Asks the database, as the login that can only read. Rows that vanished or changed, and objects that others have changed,
 * show as a difference in the next preview.
 */
export async function read(
  id: string,
  props?: SchemaMigrationsOutputs,
): Promise<dynamic.ReadResult<SchemaMigrationsOutputs>> {
  if (props === undefined)
    throw new MigrationError(`migrations "${id}": cannot be imported; run pulumi up, it adopts them.`);
  const state = await readDatabase(readerOptions(props.verifierConnection));
  const rows = state.applied ?? [];
  const before = props.files.filter(
    ({ version }) =>
      state.baseline !== null && !isBeyond(version, state.baseline) && !rows.some((row) => row.version === version),
  );
  const files = rows.map(({ version, description, file, sha256 }) => {
    const known = props.files.find((input) => input.version === version);
    return { transactional: true, ...known, version, description, file, sha256: sha256 ?? known?.sha256 ?? "" };
  });
  const outs = outputs({ ...props, files: [...before, ...files] }, state);
  // What goes back as inputs must hold no outputs; Pulumi types both alike.
  const inputs = { ...outs, version: undefined, appliedCount: undefined, applied: undefined, baseline: undefined };
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

function tell(progress: Progress): void {
  const message = formatProgress(progress);
  if (message !== "") say(message);
}

/** Lines of standard output show in the command's diagnostics. */
function say(message: string): void {
  process.stdout.write(`migrations: ${message}\n`);
}
