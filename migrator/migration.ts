// The shapes that every part of the engine speaks of: a migration, a repeatable, a seed, a statement, a finding.

/** PostgreSQL's table locks, weakest first. */
export const tableLocks = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;
/** One of tableLocks, which go from the weakest to the strongest. */
export type TableLock = (typeof tableLocks)[number];

/** One SQL statement of a file, as PostgreSQL's own parser cut it. */
export interface Statement {
  /** The statement's text without its semicolon, from its first word (comments before it are left out). */
  text: string;
  /** Parser's name of the kind, for instance "CreateStmt". */
  kind: string;
  /** 1-based line of the first word in the file. */
  line: number;
  /** Offset of the first word in the file's text, in UTF-16 units. */
  offset: number;
  /** Whether PostgreSQL refuses it inside a transaction. */
  outsideTransaction: boolean;
  /** The strongest lock that it takes on a table, new ones aside; null where it takes none or the grammar cannot tell. */
  lock: TableLock | null;
  /** Whether it writes a whole table anew, under that lock. */
  rewrites: boolean;
  /** The index that a `create index concurrently` builds: an interrupted build leaves it INVALID. */
  concurrentIndex?: { name: string; schema: string; table: string };
}

/** A file's text with what was found out about it. */
export interface SqlText {
  /** File name without its folder. */
  file: string;
  /** Text with line ends as LF and without byte order mark; of a file with up and down marks, the one part. */
  sql: string;
  /** Hex SHA-256 of the file's text; of a way back that stands in the same file, of `sql`. */
  sha256: string;
  /** False when its header says `-- migrator: no-transaction`. */
  transactional: boolean;
  /** Empty until the file has been parsed. */
  statements: Statement[];
}

/** A versioned change with the way back. */
export interface Migration extends SqlText {
  /** As in the file name, for instance "0001"; compare with compareVersions only. */
  version: string;
  /** Words of the file name, for instance "create audio tracks". */
  description: string;
  /** Flyway's checksum of the file: signed CRC-32 over its lines. */
  checksum: number;
  /** Hex SHA-256 over the predecessor's chain, the file's name and its SHA-256. */
  chain: string;
  /** null in folders of other tools that have no way back. */
  down: SqlText | null;
}

/** A file that runs after the migrations whenever its checksum is another, for instance a view. */
export interface Repeatable extends SqlText {
  description: string;
  checksum: number;
}

/** Data that may be written again: runs after the repeatables whenever its checksum is another. */
export interface Seed extends Repeatable {
  /** Environments that it is for; empty: every one. */
  environments: readonly string[];
}

/** What lint has to say. An error fails the preview. `line` and `column` are 1-based. */
export interface Finding {
  file: string;
  line: number;
  column: number;
  rule: string;
  severity: "error" | "warning";
  message: string;
}

/** A folder, read and checked: versions ascend. */
export interface MigrationSet {
  migrations: Migration[];
  /** By description. */
  repeatables: Repeatable[];
  seeds: Seed[];
  /** Empty until the files have been parsed. */
  findings: Finding[];
}

/** A version as the same text for every spelling: "0007" and "7", "1.0" and "1" are the same. */
export function versionKey(version: string): string {
  return parts(version).join(".");
}

/** Order of versions: part by part as numbers, a missing part is 0. */
export function compareVersions(left: string, right: string): number {
  const others = parts(right);
  const own = parts(left);
  for (let index = 0; index < Math.max(own.length, others.length); index += 1) {
    const difference = (own[index] ?? 0n) - (others[index] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

function parts(version: string): bigint[] {
  const numbers = version.split(".").map(BigInt);
  while (numbers.length > 1 && numbers.at(-1) === 0n) numbers.pop();
  return numbers;
}
