/** The options of a call, parsed. */
export interface Invocation {
  readonly stack: string;
  readonly json: boolean;
  readonly "dry-run": boolean;
  readonly "database-url-env"?: string | undefined;
  readonly "owner-role"?: string | undefined;
  readonly environment?: string | undefined;
  readonly folder?: string | undefined;
  readonly seeds?: string | undefined;
  readonly format?: string | undefined;
  readonly to?: string | undefined;
  readonly at?: string | undefined;
  readonly from?: string | undefined;
  readonly reason?: string | undefined;
  /** What stands behind the subcommand, for instance the name of a new migration. */
  readonly operand: string;
}

/** What a subcommand says, for people and for programs, and the exit code: 0 done, 1 failed, 2 something is pending. */
export interface Answer {
  text: string;
  json: object;
  code: number;
}

/** Exit code of what only looks: something is pending. */
export const PENDING = 2;
