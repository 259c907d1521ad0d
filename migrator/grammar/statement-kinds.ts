// What PostgreSQL 15 says of kinds of statements: which it refuses inside a transaction, and which a file must not hold.
import { nodeOf, nodesOf, optionOf, type ParseNode } from "./parse-node.ts";

/**
 * Whether PostgreSQL refuses this statement inside a transaction block: the callers of its PreventInTransactionBlock, with the
 * options on which that depends. Four cases hang on the catalog, which a parser cannot see: REINDEX and CLUSTER of a
 * partitioned table fail inside a transaction and say so; DROP SUBSCRIPTION is refused there only with a slot, so it counts as
 * refused; a procedure or DO block that commits cannot be told from one that does not, and fails in the server.
 */
export function isOutsideTransaction(kind: string, node: ParseNode): boolean {
  switch (kind) {
    case "CreatedbStmt":
    case "DropdbStmt":
    case "CreateTableSpaceStmt":
    case "DropTableSpaceStmt":
    case "AlterSystemStmt":
    case "DropSubscriptionStmt":
      return true;
    case "AlterDatabaseStmt":
      return nodesOf(node["options"], "DefElem").some(({ defname }) => defname === "tablespace");
    case "IndexStmt":
    case "DropStmt":
      return node["concurrent"] === true;
    case "ReindexStmt": {
      const whole = ["REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"];
      return whole.includes(String(node["kind"])) || optionOf(node["params"], "concurrently") === true;
    }
    case "VacuumStmt":
      return node["is_vacuumcmd"] === true;
    case "ClusterStmt":
      return node["relation"] === undefined;
    case "DiscardStmt":
      return node["target"] === undefined || node["target"] === "DISCARD_ALL";
    case "CreateSubscriptionStmt":
      return optionOf(node["options"], "create_slot") ?? optionOf(node["options"], "connect") ?? true;
    case "AlterSubscriptionStmt":
      return refreshes(node);
    case "AlterTableStmt":
      return nodesOf(node["cmds"], "AlterTableCmd").some(
        ({ subtype, def }) =>
          subtype === "AT_DetachPartition" && nodeOf(nodeOf(def)["PartitionCmd"])["concurrent"] === true,
      );
    default:
      return false;
  }
}

function refreshes(node: ParseNode): boolean {
  const kind = String(node["kind"]);
  if (kind === "ALTER_SUBSCRIPTION_REFRESH") return true;
  return /_(?:SET|ADD|DROP)_PUBLICATION$/.test(kind) && (optionOf(node["options"], "refresh") ?? true);
}

/** Why a file must not hold this statement, or undefined. */
export function refusal(kind: string, node: ParseNode, text: string): string | undefined {
  switch (kind) {
    case "TransactionStmt":
      return (
        `"${text.split(/\s+/, 2).join(" ")}" controls the transaction that the engine holds; ` +
        "expected plain statements. Leave it out: each file is one transaction."
      );
    case "CopyStmt":
      return node["filename"] === undefined
        ? "COPY from or to the client has no client here; expected INSERT. Write the rows as INSERT."
        : undefined;
    case "DiscardStmt":
      return "DISCARD would throw away the engine's lock and settings; expected plain statements. Leave it out.";
    default:
      return undefined;
  }
}
