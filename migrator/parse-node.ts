// Looking into the parser's tree without trusting its shape.

/** A node of the parse tree; only the kinds that matter are looked into. */
export interface ParseNode {
  readonly [field: string]: unknown;
}

/** A node, or one without fields. */
export function nodeOf(value: unknown): ParseNode {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The nodes of one kind in a list of wrapped ones, for instance of "AlterTableCmd". */
export function nodesOf(value: unknown, kind: string): ParseNode[] {
  return listOf(value).flatMap((item) => (kind in nodeOf(item) ? [nodeOf(nodeOf(item)[kind])] : []));
}

/** Every node below a value, with the key that it stands under. */
export function* walk(value: unknown, key = ""): Generator<[string, ParseNode]> {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item, key);
    return;
  }
  const node: ParseNode = { ...value };
  yield [key, node];
  for (const [name, child] of Object.entries(node)) yield* walk(child, name);
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
