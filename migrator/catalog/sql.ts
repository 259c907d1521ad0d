// Building blocks of the catalog's queries. Everything runs with an empty search_path, so that PostgreSQL writes every name
// with its schema, and shows nothing that depends on OIDs.

/** Attributes of an object, name -> SQL expression, as one jsonb value; what is NULL is left out. */
export function definition(attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([name, expression]) => `'${name}', ${expression}`);
  return `jsonb_strip_nulls(jsonb_build_object(${pairs.join(", ")}))`;
}

/** Stands for a text that may hold literals (bodies, expressions, comments): it is compared and never shown. */
export function hash(text: string): string {
  return `'#' || left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 24)`;
}

/** The object's comment; `column` is its number within a relation. */
export function comment(catalog: string, oid: string, column = "0"): string {
  return hash(
    `(SELECT description FROM pg_description
       WHERE objoid = ${oid} AND classoid = '${catalog}'::regclass AND objsubid = ${column})`,
  );
}

/** Who may do what, as a sorted list "role=PRIVILEGE,…"; an empty ACL column stands for the defaults of the object's type. */
export function grants(acl: string, type: string, owner: string): string {
  return explode(`coalesce(${acl}, acldefault('${type}', ${owner}))`);
}

/** As `grants`, of an ACL that has no default. */
export function explode(acl: string): string {
  return `(SELECT jsonb_agg(one ORDER BY one COLLATE "C") FROM (
    SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END || '=' ||
           string_agg(DISTINCT privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END, ',') AS one
      FROM aclexplode(${acl}) GROUP BY grantee) AS each)`;
}

/** A text array as a sorted list. */
export function sorted(array: string): string {
  return `(SELECT jsonb_agg(one ORDER BY one COLLATE "C") FROM unnest(${array}) AS one)`;
}

/** A "char" as a word: of "r table, v view" that for the letter. */
export function word(expression: string, words: string): string {
  const cases = words.split(", ").map((entry) => `WHEN '${entry.slice(0, 1)}' THEN '${entry.slice(2)}'`);
  return `CASE ${expression} ${cases.join(" ")} END`;
}

/** Name with its schema, quoted where it must be. */
export const qualified = (schema: string, name: string): string => `format('%I.%I', ${schema}, ${name})`;

/** Whether an object (in schema row `s`, owned by `owner`) is watched: extensions' own objects are not. */
export function watched(catalog: string, oid: string, owner: string): string {
  return `(s.whole OR ${owner} = (SELECT owner FROM history)) AND NOT EXISTS
    (SELECT FROM members m WHERE m.classid = '${catalog}'::regclass AND m.objid = ${oid})`;
}

/** A SELECT of one kind of object. `of` is the object that it belongs to and goes with. */
export function objects(part: {
  kind: string;
  name: string;
  of?: string;
  attributes: Readonly<Record<string, string>>;
  from: string;
}): string {
  return `SELECT ${part.kind} AS kind, ${part.name} AS name, ${part.of ?? "NULL"}::text AS parent,
    ${definition(part.attributes)} AS definition FROM ${part.from}`;
}
