// Which table lock a statement takes in PostgreSQL 15 and whether it writes the table anew, by the documentation's pages of
// the commands and "Explicit Locking", and by AlterTableGetLockLevel of its source where those are silent.
import { type TableLock, tableLocks } from "../migration.ts";
import { listOf, nodeOf, nodesOf, optionOf, type ParseNode, walk, wordsOf } from "./parse-node.ts";

type Lock = TableLock | null;

/** Kinds of objects that are relations or parts of them. */
const relations = new Set(
  "TABLE VIEW MATVIEW FOREIGN_TABLE SEQUENCE INDEX COLUMN TABCONSTRAINT TRIGGER RULE POLICY".split(" "),
);

const alwaysTaken: Partial<Record<string, TableLock>> = {
  AlterTableMoveAllStmt: "ACCESS EXCLUSIVE",
  ClusterStmt: "ACCESS EXCLUSIVE",
  CreatePolicyStmt: "ACCESS EXCLUSIVE",
  AlterPolicyStmt: "ACCESS EXCLUSIVE",
  DropOwnedStmt: "ACCESS EXCLUSIVE",
  RuleStmt: "ACCESS EXCLUSIVE",
  TruncateStmt: "ACCESS EXCLUSIVE",
  CreateTrigStmt: "SHARE ROW EXCLUSIVE",
  AlterSeqStmt: "SHARE ROW EXCLUSIVE",
};

/** The strongest lock on a table (or view, sequence, index) that was there before; null: none, or the grammar cannot tell. */
export function lockOf(kind: string, node: ParseNode): Lock {
  const always = alwaysTaken[kind];
  if (always !== undefined) return always;
  switch (kind) {
    case "AlterTableStmt":
      return strongest(nodesOf(node["cmds"], "AlterTableCmd").map((command) => lockOfCommand(command)));
    case "RenameStmt":
      return lockOfObject(
        node["renameType"],
        node["renameType"] === "OBJECT_INDEX" ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE",
      );
    case "AlterObjectSchemaStmt":
      return lockOfObject(node["objectType"], "ACCESS EXCLUSIVE");
    case "DropStmt":
      if (node["concurrent"] === true) return "SHARE UPDATE EXCLUSIVE";
      return node["behavior"] === "DROP_CASCADE"
        ? "ACCESS EXCLUSIVE"
        : lockOfObject(node["removeType"], "ACCESS EXCLUSIVE");
    case "CommentStmt":
    case "SecLabelStmt":
      return lockOfObject(
        node["objtype"],
        /_(?:TRIGGER|RULE|POLICY|TABCONSTRAINT)$/.test(String(node["objtype"]))
          ? "ACCESS SHARE"
          : "SHARE UPDATE EXCLUSIVE",
      );
    case "IndexStmt":
      return node["concurrent"] === true ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    case "ReindexStmt":
      return optionOf(node["params"], "concurrently") === true ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    case "VacuumStmt":
      return optionOf(node["options"], "full") === true ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
    case "CreateStatsStmt":
    case "CreatePublicationStmt":
    case "AlterPublicationStmt":
      return walk(node).some(([, { relname }]) => relname !== undefined) ? "SHARE UPDATE EXCLUSIVE" : null;
    case "RefreshMatViewStmt":
      return node["concurrent"] === true ? "EXCLUSIVE" : "ACCESS EXCLUSIVE";
    case "AlterDomainStmt":
      return ["C", "O", "V"].includes(String(node["subtype"])) ? "SHARE" : null;
    case "LockStmt":
      return tableLocks[Number(node["mode"]) - 1] ?? null;
    case "ViewStmt":
      return node["replace"] === true ? "ACCESS EXCLUSIVE" : lockOfQuery(node["query"]);
    case "CreateStmt":
      return lockOfNewTable(node);
    case "CopyStmt":
      return node["is_from"] === true ? "ROW EXCLUSIVE" : lockOfQuery(node);
    case "CreateTableAsStmt":
    case "ExplainStmt":
    case "PrepareStmt":
    case "DeclareCursorStmt":
      return lockOfQuery(node["query"]);
    default:
      return queries.has(kind) ? lockOfQuery({ [kind]: node }) : null;
  }
}

/** Whether a table that was there is written anew; also where that hangs on the old type or on a function of the user's. */
export function rewrites(kind: string, node: ParseNode): boolean {
  switch (kind) {
    case "ClusterStmt":
      return true;
    case "VacuumStmt":
      return optionOf(node["options"], "full") === true;
    case "RefreshMatViewStmt":
      return node["concurrent"] !== true;
    case "AlterTableMoveAllStmt":
      return true;
    case "AlterTableStmt":
      return nodesOf(node["cmds"], "AlterTableCmd").some(({ subtype, def }) => {
        const whole = /^AT_(?:AlterColumnType|SetLogged|SetUnLogged|SetTableSpace|SetAccessMethod)$/;
        return (
          whole.test(String(subtype)) || (subtype === "AT_AddColumn" && fillsRows(nodeOf(nodeOf(def)["ColumnDef"])))
        );
      });
    default:
      return false;
  }
}

const shareUpdateExclusive =
  /^AT_(?:SetStatistics|ClusterOn|DropCluster|SetOptions|ResetOptions|ValidateConstraint|DetachPartitionFinalize)$/;

function lockOfCommand({ subtype, def }: ParseNode): Lock {
  const kind = String(subtype);
  if (shareUpdateExclusive.test(kind)) return "SHARE UPDATE EXCLUSIVE";
  if (/^AT_(?:Enable|Disable)\w*Trig/.test(kind)) return "SHARE ROW EXCLUSIVE";
  const definition = nodeOf(def);
  if (kind === "AT_AddConstraint") {
    const foreign = nodeOf(definition["Constraint"])["contype"] === "CONSTR_FOREIGN";
    return foreign ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
  }
  if (kind === "AT_DetachPartition" && nodeOf(definition["PartitionCmd"])["concurrent"] === true)
    return "SHARE UPDATE EXCLUSIVE";
  if (kind === "AT_SetRelOptions" || kind === "AT_ResetRelOptions") {
    const names = nodesOf(nodeOf(definition["List"])["items"], "DefElem").map(({ defname }) => String(defname));
    const light =
      /^(?:autovacuum_\w+|log_autovacuum_min_duration|fillfactor|toast_tuple_target|parallel_workers|vacuum_\w+|deduplicate_items|pages_per_range|autosummarize|fastupdate|gin_pending_list_limit)$/;
    return names.every((name) => light.test(name)) ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
  }
  // ATTACH PARTITION locks its parent lightly and the new partition, a table too, in full.
  return "ACCESS EXCLUSIVE";
}

function lockOfObject(type: unknown, lock: TableLock): Lock {
  const name = String(type).replace("OBJECT_", "");
  return relations.has(name) ? lock : null;
}

function lockOfNewTable(node: ParseNode): Lock {
  const parents = listOf(node["inhRelations"]).length > 0;
  const found = walk(node["tableElts"]);
  return strongest([
    parents ? (node["partbound"] === undefined ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE") : null,
    found.some(([, { contype }]) => contype === "CONSTR_FOREIGN") ? "SHARE ROW EXCLUSIVE" : null,
    found.some(([key]) => key === "TableLikeClause") ? "ACCESS SHARE" : null,
  ]);
}

const writes = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);
const queries = new Set([...writes, "SelectStmt"]);

function lockOfQuery(query: unknown): Lock {
  const found = walk(query);
  const own = new Set(found.map(([, { ctename }]) => ctename));
  return strongest(
    found.map(([key, node]): Lock => {
      if (writes.has(key)) return "ROW EXCLUSIVE";
      if (node["lockingClause"] !== undefined) return "ROW SHARE";
      return node["relname"] !== undefined && !(node["schemaname"] === undefined && own.has(node["relname"]))
        ? "ACCESS SHARE"
        : null;
    }),
  );
}

function strongest(locks: readonly Lock[]): Lock {
  return tableLocks[Math.max(-1, ...locks.map((lock) => (lock === null ? -1 : tableLocks.indexOf(lock))))] ?? null;
}

/** Built-in functions that give every row another value. Those of users count as such: that is their default. */
const volatile = new Set([
  ...["random", "gen_random_uuid", "clock_timestamp", "timeofday", "nextval", "currval", "lastval", "setval"],
  ...["uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "txid_current", "pg_current_xact_id"],
]);

function fillsRows(column: ParseNode): boolean {
  const type = wordsOf(nodeOf(column["typeName"])["names"]).at(-1) ?? "";
  if (/^(?:small|big)?serial[248]?$/.test(type)) return true;
  return nodesOf(column["constraints"], "Constraint").some(({ contype, raw_expr: expression }) => {
    if (contype === "CONSTR_IDENTITY" || contype === "CONSTR_GENERATED") return true;
    if (contype !== "CONSTR_DEFAULT") return false;
    return walk(expression).some(([key, node]) => {
      if (key !== "FuncCall") return false;
      const [name = "", schema = "pg_catalog"] = wordsOf(node["funcname"]).toReversed();
      return schema !== "pg_catalog" || volatile.has(name);
    });
  });
}
