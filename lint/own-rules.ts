// The engine's own rules. They look at each statement's tree while it is there.
import type { Finding, SqlText, Statement } from "../migrator/migration.ts";
import { listOf, nodeOf, nodesOf, type ParseNode, walk, wordsOf } from "../migrator/grammar/parse-node.ts";
import { Place } from "../migrator/files/place.ts";
import type { Inspect } from "../migrator/grammar/sql-parser.ts";

type Tree = readonly (readonly [string, ParseNode])[];

interface Subject {
  text: SqlText;
  /** Seeds and repeatables run again and again. */
  repeated: boolean;
  historySchema: string;
}

/** Looks at every statement of a file and adds to `findings`. Messages never hold the statement's text. */
export function ownRules({ text, repeated, historySchema }: Subject, findings: Finding[]): Inspect {
  let cleared = false;
  let outside = 0;
  return (statement, node) => {
    const add = (rule: string, severity: Finding["severity"], message: string): number =>
      findings.push({ file: text.file, ...new Place(text.sql, statement.offset).position, rule, severity, message });
    const tree = walk(node);
    if (holdsSecret(node, tree)) {
      add(
        "secret",
        "error",
        "a secret stands in the text, and would stand in version control and logs; expected none. Set it from outside.",
      );
    }
    if (namesSchema(node, tree, historySchema)) {
      add(
        "history-schema",
        "error",
        `touches schema "${historySchema}", which is the engine's; expected other schemas only. Use the engine's commands.`,
      );
    }
    for (const name of withoutSchema(statement, node, tree)) {
      add(
        "missing-schema",
        "warning",
        `"${name}" has no schema, and search_path is empty while a file runs. Write its schema before it.`,
      );
    }
    if (statement.outsideTransaction && (outside += 1) === 2) {
      add(
        "several-outside",
        "warning",
        "a second statement that runs outside a transaction; a failure leaves the first done. Give each a file.",
      );
    }
    if (repeated && !cleared && runsOnce(statement.kind, node)) {
      add(
        "runs-once",
        "error",
        "fails or adds rows when it runs again, and this file does; expected ON CONFLICT, IF [NOT] EXISTS or OR REPLACE.",
      );
    }
    cleared ||= clears(statement.kind, node);
  };
}

/** A connection string or URL with a password, a private key, or ALTER ROLE in dynamic SQL. */
const secretText =
  /\b(?:host|hostaddr|dbname|user|port|sslmode)\s*=[^\n]*\bpassword\s*=\s*\S|\bpassword\s*=\s*\S[^\n]*\b(?:host|hostaddr|dbname|user|port|sslmode)\s*=|:\/\/[^\s:/@]+:[^\s@/]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:role|user)\b[^;]*\bpassword\s+'+[^'\s]/i;

function holdsSecret(node: ParseNode, tree: Tree): boolean {
  for (const [key, { defname, arg, sval }] of tree) {
    if (typeof sval === "string" && secretText.test(sval)) return true;
    if (key === "DefElem" && defname === "password" && nodeOf(arg)["String"] !== undefined) return true;
  }
  return typeof node["conninfo"] === "string" && /\bpassword\s*=|:\/\/[^\s:/@]+:[^\s@/]+@/i.test(node["conninfo"]);
}

function namesSchema(node: ParseNode, tree: Tree, schema: string): boolean {
  for (const [, child] of tree) {
    for (const field in child) {
      const value = child[field];
      if (["schemaname", "newschema", "subname"].includes(field) && value === schema) return true;
      const [first, second] = Array.isArray(value) ? wordsOf(value) : [];
      if (first === schema && (second !== undefined || isOfSchemas(node))) return true;
    }
  }
  return false;
}

function isOfSchemas(node: ParseNode): boolean {
  return [node["objtype"], node["removeType"], node["renameType"]].includes("OBJECT_SCHEMA");
}

const qualifiedDrops = /_(?:TABLE|VIEW|MATVIEW|SEQUENCE|INDEX|FOREIGN_TABLE|TYPE|DOMAIN)$/;

/** Names of tables and of new objects that have no schema; temporary ones, CTEs and the catalog's need none. */
function withoutSchema({ kind }: Statement, node: ParseNode, tree: Tree): string[] {
  const ctes = new Set(tree.map(([, { ctename }]) => ctename));
  const relations = tree.flatMap(([, { relname, schemaname, relpersistence }]) => {
    if (typeof relname !== "string" || schemaname !== undefined || relpersistence === "t") return [];
    return ctes.has(relname) || relname.startsWith("pg_") ? [] : [relname];
  });
  const made = ["funcname", "domainname", ...(kind === "CreateEnumStmt" ? ["typeName"] : [])].flatMap((field) => {
    const words = kind.startsWith("Create") ? wordsOf(node[field]) : [];
    return words.length === 1 && kind !== "CreateTrigStmt" ? words : [];
  });
  const dropped = !qualifiedDrops.test(String(node["removeType"]))
    ? []
    : listOf(node["objects"]).flatMap((item) => {
        const words = wordsOf(nodeOf(nodeOf(item)["List"])["items"] ?? nodeOf(nodeOf(item)["TypeName"])["names"]);
        return words.length === 1 ? words : [];
      });
  return [...new Set([...relations, ...made, ...dropped])];
}

function clears(kind: string, node: ParseNode): boolean {
  return ["TruncateStmt", "DeleteStmt"].includes(kind) || (kind === "DropStmt" && node["missing_ok"] === true);
}

function runsOnce(kind: string, node: ParseNode): boolean {
  switch (kind) {
    case "InsertStmt":
      return (
        node["onConflictClause"] === undefined &&
        !walk(node["selectStmt"]).some(([, { subLinkType }]) => subLinkType === "EXISTS_SUBLINK")
      );
    case "CopyStmt":
      return node["is_from"] === true;
    case "RenameStmt":
      return true;
    case "DropStmt":
      return node["missing_ok"] !== true;
    case "AlterTableStmt":
      return nodesOf(node["cmds"], "AlterTableCmd").some(
        ({ subtype, missing_ok: guarded }) =>
          /^AT_(?:Add|Drop)(?:Column|Constraint)$/.test(String(subtype)) && guarded !== true,
      );
    case "IndexStmt":
    case "RuleStmt":
    case "ViewStmt":
    case "DefineStmt":
    case "CompositeTypeStmt":
      return node["replace"] !== true && node["if_not_exists"] !== true;
    default:
      return (
        kind.startsWith("Create") && node["replace"] !== true && node["if_not_exists"] !== true && !isTemporary(node)
      );
  }
}

function isTemporary(node: ParseNode): boolean {
  return nodeOf(node["relation"])["relpersistence"] === "t";
}
