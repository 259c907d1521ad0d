// The subcommands and their options, without the code behind them: `--help` and a wrong call load nothing of the engine.
import type { Answer, Invocation } from "./invocation.ts";

export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** Its own options: what they mean. */
  readonly help: Readonly<Record<string, string>>;
  /** Names of its own options. */
  readonly takes: readonly string[];
  /** What must stand behind its name; nothing by default. */
  readonly operand?: string;
  /** Needs no database. */
  readonly offline?: boolean;
  readonly load: () => Promise<(invocation: Invocation) => Promise<Answer>>;
}

const folders = {
  "--folder DIR": "folder of the migrations (sql/migrations)",
  "--seeds DIR": 'folder of the seeds (sql/seeds); "" for none',
  "--format NAME": "how its names are read: native, flyway or dbmate (native)",
};

const help = {
  "--stack NAME": "the stack whose database it is (local)",
  "--database-url-env NAME": "instead of a stack: environment variable that holds postgresql://...",
  "--owner-role NAME": 'role that the files run as (the stack\'s owner); "" for the login itself',
  "--environment NAME": "seeds that name environments run only in this one (the stack's name)",
  ...folders,
  "--json": 'one JSON object on standard output, "schemaVersion": 1',
};

/** Options that every subcommand knows. */
export const connectionOptions = {
  help,
  offlineHelp: { ...folders, "--json": help["--json"] },
  defaults: {
    stack: "",
    json: "",
    "dry-run": "",
    "database-url-env": "",
    "owner-role": "",
    environment: "",
    folder: "",
    seeds: "",
    format: "",
  },
  parse: {
    stack: { type: "string", default: "local" },
    json: { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
    "database-url-env": { type: "string" },
    "owner-role": { type: "string" },
    environment: { type: "string" },
    folder: { type: "string" },
    seeds: { type: "string" },
    format: { type: "string" },
    to: { type: "string" },
    at: { type: "string" },
    from: { type: "string" },
    reason: { type: "string" },
  },
} as const;

const reason = { "--reason TEXT": "why; stands in the log for ever" };
const dryRun = { "--dry-run": "only show what would be done" };

export const subcommands: readonly Subcommand[] = [
  {
    name: "plan",
    summary: "What up would do, statement counts and locks included. Exit code 2 when something is pending.",
    usage: "plan [--json]",
    help: {},
    takes: [],
    load: async () => (await import("./look.ts")).planned,
  },
  {
    name: "up",
    summary: "Applies what is pending: migrations, then repeatables and seeds that have changed.",
    usage: "up [--json]",
    help: {},
    takes: [],
    load: async () => (await import("./up.ts")).broughtUp,
  },
  {
    name: "down",
    summary: "Undoes every migration above --to, with the scripts that were stored when they ran.",
    usage: "down --to VERSION [--dry-run]",
    help: { "--to VERSION": "the version to go back to; 0 is the empty database", ...dryRun },
    takes: ["to"],
    load: async () => (await import("./change.ts")).takenDown,
  },
  {
    name: "status",
    summary: "Every migration as folder and history see it, and what others have changed.",
    usage: "status [--json]",
    help: {},
    takes: [],
    load: async () => (await import("./look.ts")).statusOf,
  },
  {
    name: "verify",
    summary: "Fails unless the database has exactly the folder's migrations, and nobody has changed it since.",
    usage: "verify [--json]",
    help: {},
    takes: [],
    load: async () => (await import("./look.ts")).verified,
  },
  {
    name: "baseline",
    summary: "Says that an existing database already is at a version: files up to it never run.",
    usage: "baseline --at VERSION --reason TEXT",
    help: { "--at VERSION": "the version that it is at", ...reason },
    takes: ["at", "reason"],
    load: async () => (await import("./change.ts")).baselined,
  },
  {
    name: "repair",
    summary: "Brings the history in line with the folder: checksums, names, failed rows. Changes no table of yours.",
    usage: "repair --reason TEXT [--dry-run]",
    help: { ...reason, ...dryRun },
    takes: ["reason"],
    load: async () => (await import("./change.ts")).repaired,
  },
  {
    name: "adopt",
    summary: "Takes over what dbmate, node-pg-migrate, golang-migrate or Flyway has applied.",
    usage: "adopt --from TOOL [--dry-run]",
    help: { "--from TOOL": "dbmate, flyway, golang-migrate or node-pg-migrate", ...dryRun },
    takes: ["from"],
    load: async () => (await import("./change.ts")).adopted,
  },
  {
    name: "accept-drift",
    summary: "Takes what others have changed in the database for what it should be.",
    usage: "accept-drift --reason TEXT",
    help: reason,
    takes: ["reason"],
    load: async () => (await import("./change.ts")).acceptedDrift,
  },
  {
    name: "new",
    summary: "Writes the next pair of files and their lines in migrations.sum.",
    usage: "new NAME",
    help: {},
    takes: [],
    operand: "a name as add_playlists",
    offline: true,
    load: async () => (await import("./files.ts")).newMigration,
  },
  {
    name: "sum",
    summary:
      "Writes migrations.sum for the folder as it stands: after a merge, or when a file that never ran was changed.",
    usage: "sum",
    help: {},
    takes: [],
    offline: true,
    load: async () => (await import("./files.ts")).summed,
  },
];
