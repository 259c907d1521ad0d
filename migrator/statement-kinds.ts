// What PostgreSQL 15 says of kinds of statements: which it refuses inside a transaction (callers of its
// PreventInTransactionBlock), and which a migration file must not hold.
import type { ParseNode } from "./sql-parser.ts";

/** Whether PostgreSQL refuses this statement inside a transaction block. */
export function isOutsideTransaction(kind: string, node: ParseNode): boolean {
  switch (kind) {
    case "CreatedbStmt":
    case "DropdbStmt":
    case "CreateTableSpaceStmt":
    case "DropTableSpaceStmt":
    case "AlterSystemStmt":
      return true;
    case "AlterDatabaseStmt":
      return hasOption(node["options"], "tablespace");
    case "IndexStmt":
      return node["concurrent"] === true;
    case "DropStmt":
      return node["concurrent"] === true;
    case "ReindexStmt":
      return ["REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"].includes(
        String(node["kind"]),
      )
        ? true
        : hasOption(node["params"], "concurrently");
    case "VacuumStmt":
      return node["is_vacuumcmd"] === true;
    case "ClusterStmt":
      return node["relation"] === undefined;
    case "DiscardStmt":
      return node["target"] === undefined || node["target"] === "DISCARD_ALL";
    case "CreateSubscriptionStmt":
      return optionValue(node["options"], "create_slot") ?? optionValue(node["options"], "connect") ?? true;
    case "DropSubscriptionStmt":
      return true;
    case "AlterSubscriptionStmt":
      return isRefreshing(node);
    case "AlterTableStmt":
      return detachesConcurrently(node);
    default:
      return false;
  }
}

/** Why a file must not hold this statement, or undefined. */
export function refusal(kind: string, text: string): string | undefined {
  switch (kind) {
    case "TransactionStmt":
      return (
        `"${text.split(/\s+/, 2).join(" ")}" controls the transaction that the engine holds; ` +
        "expected plain statements. Leave it out: each file is one transaction."
      );
    case "CopyStmt":
      return /\b(?:stdin|stdout)\b/i.test(text)
        ? "COPY from or to the client has no client here; expected INSERT. Write the rows as INSERT."
        : undefined;
    case "DiscardStmt":
      return "DISCARD would throw away the engine's lock and settings; expected plain statements. Leave it out.";
    default:
      return undefined;
  }
}

interface Option {
  DefElem?: { defname?: string; arg?: ParseNode };
}

function find(options: unknown, name: string): Option["DefElem"] {
  return ((options ?? []) as Option[]).find(({ DefElem: option }) => option?.defname === name)?.DefElem;
}

function hasOption(options: unknown, name: string): boolean {
  return optionValue(options, name) ?? false;
}

/** Value of a boolean option; an option without value is on. */
function optionValue(options: unknown, name: string): boolean | undefined {
  const option = find(options, name);
  if (option === undefined) return undefined;
  if (option.arg === undefined) return true;
  const value = JSON.stringify(option.arg).toLowerCase();
  return !/"(?:false|off|0)"|"boolean":\{\}|"ival":(?:0|\{\})/.test(value);
}

function isRefreshing(node: ParseNode): boolean {
  const kind = String(node["kind"]);
  if (kind === "ALTER_SUBSCRIPTION_REFRESH") return true;
  const changes = ["SET", "ADD", "DROP"].some((word) => kind === `ALTER_SUBSCRIPTION_${word}_PUBLICATION`);
  return changes && (optionValue(node["options"], "refresh") ?? true);
}

function detachesConcurrently(node: ParseNode): boolean {
  const commands = (node["cmds"] ?? []) as { AlterTableCmd?: { subtype?: string; def?: ParseNode } }[];
  return commands.some(({ AlterTableCmd: command }) => {
    if (command?.subtype !== "AT_DetachPartition") return false;
    const partition = command.def?.["PartitionCmd"] as { concurrent?: boolean } | undefined;
    return partition?.concurrent === true;
  });
}
