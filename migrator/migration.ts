// The shapes that every part of the engine speaks of: a migration, a seed, a statement.

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
  /** The index that a `create index concurrently` builds: an interrupted build leaves it INVALID. */
  concurrentIndex?: { name: string; schema: string; table: string };
}

/** A file's text with what was found out about it. */
export interface SqlText {
  /** File name without its folder. */
  file: string;
  /** Text with line ends as LF and without byte order mark. */
  sql: string;
  /** Hex SHA-256 of `sql`. */
  sha256: string;
  /** False when its first line is `-- migrator: no-transaction`. */
  transactional: boolean;
  /** Empty until the file has been parsed. */
  statements: Statement[];
}

/** A versioned change with the way back. */
export interface Migration extends SqlText {
  /** Digits as in the file name, for instance "0001"; compared as a number. */
  version: string;
  /** Words of the file name, for instance "create audio tracks". */
  description: string;
  /** Flyway's checksum of the up file: signed CRC-32 over its lines. */
  checksum: number;
  down: SqlText | null;
}

/** Data that may be written again: runs after the migrations whenever its checksum is another. */
export interface Seed extends SqlText {
  description: string;
  checksum: number;
  environments: string[];
}

/** A folder, read and checked: versions ascend without gap. */
export interface MigrationSet {
  migrations: Migration[];
  seeds: Seed[];
  repeatables: Seed[];
}

/** Below, equal to or above 0 as `left` stands before, at or after `right`: numbers, part by part. */
export function compareVersions(left: string, right: string): number {
  const parts = [left, right].map((version) => version.split(/[._]/));
  const length = Math.max(...parts.map((list) => list.length));
  for (let index = 0; index < length; index += 1) {
    const [one = "0", other = "0"] = parts.map((list) => list[index]);
    const numbers = /^\d+$/.test(one) && /^\d+$/.test(other);
    const difference = numbers ? Number(BigInt(one) - BigInt(other)) : one.localeCompare(other, "en");
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A version as the number it stands for: "0007" and "7" are the same. */
export function versionNumber(version: string): bigint {
  return BigInt(version);
}
