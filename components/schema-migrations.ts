import { isAbsolute, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
// Not the engine's index: it would load the SQL parser's memory, 128 MB, into the program.
import { MigrationFilesError } from "../migrator/errors.ts";
import type { MigrationSet } from "../migrator/migration.ts";
import { readMigrations } from "../migrator/files/migration-files.ts";
import { isBeyond, type RepeatedInput } from "./schema-migrations-inputs.ts";
import { providerText } from "./provider-text.ts";

export interface SchemaMigrationsArgs {
  /** The migrator's login, which may act as the owner. A change runs nothing: the history decides what is left to do. */
  connection: pulumi.Input<ConnectionDescriptor>;
  /** A login that can only read; refresh uses it. */
  verifierConnection: pulumi.Input<ConnectionDescriptor>;
  /** Folder of `V0001__name.up.sql` and `.down.sql`, relative to the project or absolute. */
  folder: string;
  /** Folder of `S0001__name.sql`: data that may be written again, run after the migrations when a file has changed. */
  seedsFolder?: string;
  /** Seeds that name environments run only in this one; default "": only seeds for every environment. */
  environment?: string;
  /** Last version to apply; default "": all. Below what is applied it goes back, which loses data, and only with `allowDown`. */
  targetVersion?: string;
  /** Whether `targetVersion` may lie below what is applied; default false. */
  allowDown?: boolean;
  /**
   * Stands for what the stack itself makes in the watched schemas (rights, extensions): when it changes, these are taken as
   * they are; else their change is drift. Default "".
   */
  surroundings?: string;
  /** Role without login that every file runs as, and that owns what they make. */
  ownerRole: string;
  /** Roles that get the right to read the history when it is made; none by default. */
  historyReaders?: string[];
  /** Schemas that must exist before the first file runs; none by default. */
  requiredSchemas?: string[];
  /** Milliseconds to wait for a database that is not ready yet; default 600,000. */
  readinessDeadlineMs?: number;
}

/**
 * All migrations of a database. The ordered list of files with their checksums is an input, so `pulumi preview --diff` shows
 * what would run, without a connection; edited, missing and out-of-order files are refused there. A file that fails leaves
 * the files before it applied, and the next `pulumi up` goes on. Deleting it drops nothing. A dynamic resource.
 */
export class SchemaMigrations extends pulumi.CustomResource {
  /** Version of the last applied migration; "" when there is none. */
  declare readonly version: pulumi.Output<string>;
  /** What others have changed in the database, one line an object: filled in by refresh, and what the next update stops at. */
  declare readonly drift: pulumi.Output<string[]>;
  /** How many migrations are applied. */
  declare readonly appliedCount: pulumi.Output<number>;

  constructor(name: string, args: SchemaMigrationsArgs, opts?: pulumi.CustomResourceOptions) {
    const folders = { folder: inProject(args.folder), seedsFolder: mapDefined(args.seedsFolder, inProject) };
    const { migrations, repeatables, seeds } = readFolders(folders);
    const targetVersion = args.targetVersion ?? "";
    const upToTarget = migrations.filter(({ version }) => !isBeyond(version, targetVersion));
    const repeated = upToTarget.length === migrations.length ? { repeatables, seeds } : { repeatables: [], seeds: [] };
    const inputs = {
      connection: args.connection,
      verifierConnection: args.verifierConnection,
      ...folders,
      ownerRole: args.ownerRole,
      historyReaders: args.historyReaders ?? [],
      requiredSchemas: args.requiredSchemas ?? [],
      readinessDeadlineMs: args.readinessDeadlineMs ?? 600_000,
      environment: args.environment ?? "",
      targetVersion,
      allowDown: args.allowDown ?? false,
      surroundings: args.surroundings ?? "",
      files: upToTarget.map(({ version, description, file, sha256, transactional }) => ({
        ...{ version, description, file, sha256, transactional },
      })),
      repeatables: repeated.repeatables.map(nameAndHash),
      seeds: repeated.seeds.map(nameAndHash),
      drift: [],
      version: undefined,
      appliedCount: undefined,
      applied: undefined,
      baseline: undefined,
      __provider: providerText("./components/schema-migrations-provider.ts"),
    };
    super("pulumi-nodejs:dynamic/music-library:SchemaMigrations", name, inputs, opts);
  }
}

function nameAndHash({ description, file, sha256 }: RepeatedInput): RepeatedInput {
  return { description, file, sha256 };
}

/** A path that is the same on every machine, since it stands in the state. */
function inProject(folder: string): string {
  return isAbsolute(folder) ? relative(process.cwd(), folder) : folder;
}

function mapDefined(value: string | undefined, map: (value: string) => string): string | undefined {
  return value === undefined ? undefined : map(value);
}

/** A wrong folder is the user's mistake: its message needs no stack. */
function readFolders(folders: { folder: string; seedsFolder: string | undefined }): MigrationSet {
  try {
    return readMigrations(folders);
  } catch (error) {
    if (error instanceof MigrationFilesError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
