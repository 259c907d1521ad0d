// SQL files made at random from everything that confuses splitters: quotes of every kind, nested comments, bodies with semicolons.

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pieces = [
  ...[
    ";",
    "'",
    '"',
    "$$",
    "$a$",
    "$é$",
    "--",
    "/*",
    "*/",
    "\\",
    "\\'",
    "E'",
    "begin",
    "end;",
    "begin atomic",
    "é",
    "日本",
    "🎵",
  ],
  ...[
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "select 1;",
    "-- x\n",
    "/* y */",
    ";;",
    "$",
    "$1",
    "copy t from stdin;",
    "\\.",
    "\u00a0",
    "\ufeff",
    "U&",
    "::",
  ],
];

/** A file of up to eight statements that all run, in any order, in one transaction, and show in their results what they hold. */
export function generatedFile(random: () => number): string {
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const times = (most: number): number[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, (_, index) => index);
  const soup = (): string =>
    times(6)
      .map(() => pick(pieces))
      .join("");
  const blockComment = (depth = 0): string => {
    const inner = soup().replaceAll("/*", "").replaceAll("*/", "").replace(/[/*]/g, "");
    return `/*${inner}${depth < 3 && random() < 0.4 ? blockComment(depth + 1) : ""}${inner}*/`;
  };
  const lineComment = (): string => `--${soup().replace(/[\r\n]/g, " ")}${pick(["\n", "\r\n", "\r"])}`;
  const blank = (): string => pick([" ", "\n", "\r\n", "\t", "\f", " ", blockComment(), ` ${lineComment()}`]);
  const quoted = (): string => {
    switch (pick(["plain", "escape", "dollar", "unicode", "continued"])) {
      case "plain":
        return `'${soup().replaceAll("'", "''")}'`;
      case "escape":
        return `${pick(["E", "e"])}'${soup()
          .replaceAll("\\", "\\\\")
          .replaceAll("'", pick(["\\'", "''"]))}\\n'`;
      case "dollar": {
        const tag = pick(["", "a", "b1", "_x", "é", "body"]);
        return `$${tag}$${soup()
          .replaceAll(`$${tag}$`, "")
          .replace(/\$[^$]*$/, "")}$${tag}$`;
      }
      case "unicode":
        return `U&'${soup().replaceAll("'", "''").replaceAll("\\", "\\\\")}\\0041'`;
      default:
        return `'${soup().replaceAll("'", "''")}'\n  '${soup().replaceAll("'", "''")}'`;
    }
  };
  const name = (): string => `"${Array.from(soup().replaceAll('"', "")).slice(0, 20).join("")}""x"`;
  const expression = (): string =>
    pick([
      quoted,
      quoted,
      quoted,
      () => `(${quoted()}${blank()}||${blank()}${quoted()})`,
      () => `case when true then ${quoted()} end`,
      () => `1${blank()}-${blank()}-1`,
    ])();
  const select = (): string =>
    `select${blank()}${expression()}${blank()}as${blank()}${name()},${blank()}${expression()}`;
  const body = (): string =>
    `create or replace function pg_temp.f()${blank()}returns text language sql${blank()}begin atomic${blank()}${select()};${blank()}select case when true then ${quoted()} end;${blank()}end`;
  const statement = (): string =>
    pick([
      select,
      select,
      select,
      body,
      () => `do ${blank()}$do$begin perform 1; /* ; */ end$do$`,
      () =>
        `create or replace function pg_temp.g() returns text language sql as ${blank()}$body$ select 1::text; select 'x;' $body$`,
      () => `create or replace rule r as on insert to generated${blank()}do also (select 1;${blank()}select 2)`,
      () => `with${blank()}x as (${select()})${blank()}table x`,
      () => `values (${quoted()}), (${quoted()})`,
    ])();
  const parts = times(8).map(() => {
    const empty = random() < 0.15 ? `;${blank()};` : "";
    return `${blank()}${statement()}${blank()};${empty}`;
  });
  const last =
    random() < 0.3
      ? `${blank()}${statement()}${random() < 0.5 ? lineComment() : ""}`
      : pick(["", blockComment(), lineComment()]);
  return parts.join("") + last;
}
