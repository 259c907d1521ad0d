// What a reviewer must decide: the few things in a preview that cannot be taken back, cost money or open a door.
import type { MonthlyCost } from "../cost/monthly-cost.ts";
import { holdsOrGuardsData } from "../policy/data-rules.ts";
import { shown, valueAt } from "../policy/graph.ts";
import type { Violation } from "../policy/rules.ts";
import type { ContractChanges } from "./contract-change.ts";
import type { PendingSql } from "./pending-sql.ts";
import type { Preview, PreviewedResource } from "./preview.ts";
import type { Restart } from "./restarts.ts";

export interface Decision {
  /** `stop`: must not be merged as it is. `decide`: somebody answers for it. */
  readonly weight: "stop" | "decide";
  readonly text: string;
}

export interface DecisionArgs {
  readonly preview: Preview;
  readonly sql: PendingSql;
  readonly restarts: readonly Restart[];
  readonly violations: readonly Violation[];
  readonly contract: ContractChanges;
  readonly costs: CostChange;
}

export interface CostChange {
  /** Undefined where no earlier configuration is known. */
  readonly before?: MonthlyCost;
  /** Undefined where the configuration is wrong. */
  readonly after?: MonthlyCost;
}

/** US dollars a month from which a change of cost is somebody's decision. */
const COSTLY_DOLLARS = 5;

/** Locks under which nobody can read or nobody can write. migrator/statement-locks.ts */
const heavyLocks = new Set(["ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE"]);

/** The gravest first. */
export function decisions(args: DecisionArgs): Decision[] {
  const all = [
    ...args.preview.errors.map((text): Decision => stop(`The preview failed: ${firstLine(text)}`)),
    ...args.violations.map(({ rule, message }) => stop(`Policy \`${rule}\`: ${message}`)),
    ...args.preview.resources.flatMap(ofResource),
    ...ofContract(args.contract),
    ...ofSql(args.sql, args.preview),
    ...args.restarts.map(({ what, resource }) =>
      decide(`Restarts \`${resource}\` (${what}): connections drop for about a minute.`),
    ),
    ...ofCost(args.costs),
  ];
  const once = [...new Map(all.map((one) => [one.text, one])).values()];
  return [...once.filter(({ weight }) => weight === "stop"), ...once.filter(({ weight }) => weight === "decide")];
}

const stop = (text: string): Decision => ({ weight: "stop", text });
const decide = (text: string): Decision => ({ weight: "decide", text });

function ofResource(resource: PreviewedResource): Decision[] {
  const { operation, name, type, replacedBy } = resource;
  const called = `\`${name}\` (${kind(type)})`;
  const why = replacedBy.length === 0 ? "" : `, because of ${replacedBy.map((key) => `\`${key}\``).join(", ")}`;
  const risky = holdsOrGuardsData({ type, name }) && !isRoutine(resource);
  return [
    ...(operation === "delete" && risky ? [stop(`Deletes ${called}: it holds or guards data.`)] : []),
    ...(operation === "replace" && risky
      ? [stop(`Replaces ${called}${why}: what it holds is gone unless it was copied before.`)]
      : []),
    ...openedLocks(resource).map((lock) => decide(`Opens a lock of ${called}: ${lock}.`)),
    ...grants(resource).map((grant) => decide(`Grants ${grant}.`)),
  ];
}

/** A new version of a secret replaces the old one; rights in the database are taken and given in one statement each. */
function isRoutine({ type }: PreviewedResource): boolean {
  return /:(SecretVersion|Grant|GrantRole|DefaultPrivileges)$/.test(type);
}

/** Locks that keep something from being deleted, by the value that opens them. */
const locks: readonly (readonly [path: string, open: boolean])[] = [
  ["deletionProtection", false],
  ["settings.deletionProtectionEnabled", false],
  ["forceDestroy", true],
];

function openedLocks({ before, after }: PreviewedResource): string[] {
  if (before === undefined || after === undefined) return [];
  const opened = locks.filter(
    ([path, open]) => valueAt(after.inputs, path) === open && valueAt(before.inputs, path) === !open,
  );
  return [
    ...(before.protect && !after.protect ? ["`protect` is taken away"] : []),
    ...opened.map(([path, open]) => `\`${path}\` becomes ${String(open)}`),
  ];
}

/** A right that somebody gets who had it not. */
function grants({ type, operation, before, after }: PreviewedResource): string[] {
  if (!/(IAMMember|IamMember|IAMBinding|IamBinding)$/.test(type) || after === undefined) return [];
  if (operation !== "create" && operation !== "replace") return [];
  const who = (inputs: Readonly<Record<string, unknown>>): string[] => {
    const { member, members } = inputs;
    return [member, ...(Array.isArray(members) ? (members as unknown[]) : [])]
      .filter((one) => one !== undefined)
      .map(shown);
  };
  const role = shown(after.inputs["role"]);
  const had = before !== undefined && shown(before.inputs["role"]) === role ? who(before.inputs) : [];
  return who(after.inputs)
    .filter((member) => !had.includes(member))
    .map((member) => `\`${role}\` to \`${member}\``);
}

function ofContract({ changes, breaks, raised }: ContractChanges): Decision[] {
  const named = (kinds: readonly string[]): string =>
    changes
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ path }) => `\`${path}\``)
      .join(", ");
  const changed = named(["changed"]);
  return [
    ...(breaks
      ? [stop(`Breaks consumers of the contract: ${named(["removed", "retyped"])}, and its version is not raised.`)]
      : []),
    ...(raised
      ? [decide("The contract's version is raised: consumers need a client that reads it before this runs.")]
      : []),
    ...(raised || changed === "" || changed === "`migrations.version`"
      ? []
      : [decide(`Consumers must be deployed again: ${changed} in the contract.`)]),
  ];
}

function ofSql({ files, takenBack, drift }: PendingSql, { resources }: Preview): Decision[] {
  const isFirst = resources.some(({ type, operation }) => type.endsWith(":SchemaMigrations") && operation === "create");
  // Nobody waits for a lock on a table that is being made.
  const heavy = isFirst ? [] : files.filter(({ lock, rewrites }) => heavyLocks.has(lock) || rewrites > 0);
  return [
    ...(takenBack.length === 0
      ? []
      : [stop(`Takes back migration ${takenBack.join(", ")}: what only they hold is lost.`)]),
    ...drift.map((line) => stop(`Others have changed the schema, and the update will stop: ${line}.`)),
    ...heavy.map(({ file, lock, rewrites }) =>
      decide(`\`${file}\` ${[...(rewrites > 0 ? ["writes a whole table anew"] : []), `takes ${lock}`].join(" and ")}.`),
    ),
  ];
}

function ofCost({ before, after }: CostChange): Decision[] {
  if (before === undefined || after === undefined) return [];
  const difference = after.total - before.total;
  if (Math.abs(difference) < COSTLY_DOLLARS) return [];
  return [decide(`Costs ${signed(difference)} dollars a month.`)];
}

/** Two digits with their sign. */
export function signed(dollars: number): string {
  return `${dollars < 0 ? "−" : "+"}${Math.abs(dollars).toFixed(2)}`;
}

/** The last part of a type, as people say it. */
export function kind(type: string): string {
  return type.split(":").at(-1) ?? type;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
