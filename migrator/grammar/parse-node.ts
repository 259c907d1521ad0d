// Looking into the parser's tree without trusting its shape.

/** A node of the parse tree; only the kinds that matter are looked into. */
export interface ParseNode {
  readonly [field: string]: unknown;
}

const nothing: ParseNode = {};

function isNode(value: unknown): value is ParseNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A node, or one without fields. */
export function nodeOf(value: unknown): ParseNode {
  return isNode(value) ? value : nothing;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The nodes of one kind in a list of wrapped ones, for instance of "AlterTableCmd". */
export function nodesOf(value: unknown, kind: string): ParseNode[] {
  return listOf(value).flatMap((item) => (kind in nodeOf(item) ? [nodeOf(nodeOf(item)[kind])] : []));
}

/** Every node of a tree, with the key that it stands under. */
export function walk(value: unknown, key = "", found: [string, ParseNode][] = []): [string, ParseNode][] {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, key, found);
  } else if (isNode(value)) {
    found.push([key, value]);
    for (const name in value) walk(value[name], name, found);
  }
  return found;
}

/** Words of a list of strings, for instance of a qualified name. */
export function wordsOf(value: unknown): string[] {
  return nodesOf(value, "String").map(({ sval }) => String(sval));
}

/** Whether a boolean option is on, as PostgreSQL reads it: the last one counts, without a value it is on. Undefined: not given. */
export function optionOf(options: unknown, name: string): boolean | undefined {
  const option = nodesOf(options, "DefElem").findLast(({ defname }) => defname === name);
  if (option === undefined) return undefined;
  const { Integer: number, String: word, TypeName: type } = nodeOf(option["arg"]);
  if (number !== undefined) return (nodeOf(number)["ival"] ?? 0) !== 0;
  // A bare word like `off` is a type's name to the grammar.
  const said = word === undefined ? wordsOf(nodeOf(type)["names"]).join(".") : String(nodeOf(word)["sval"]);
  return !["false", "off"].includes(said.toLowerCase());
}
