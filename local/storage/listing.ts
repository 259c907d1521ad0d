// One page of a bucket's list, with prefixes in the place of folders.
import type { ObjectShelf } from "./object-shelf.ts";
import type { ObjectRecord } from "./object-record.ts";
import { invalid } from "./storage-error.ts";

export interface ListQuery {
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  /** Noncurrent versions too. */
  readonly versions?: boolean;
  readonly softDeleted?: boolean;
  /** First name that counts. */
  readonly startOffset?: string | undefined;
  /** First name that does not count any more. */
  readonly endOffset?: string | undefined;
  readonly includeTrailingDelimiter?: boolean;
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}

export interface ListPage {
  readonly items: readonly ObjectRecord[];
  readonly prefixes: readonly string[];
  readonly nextPageToken?: string;
}

/** Where a page ended: a name with the generation last shown, or a prefix that stands for all below it. */
type Position = readonly [key: string, generation: number];

export function listPage(shelf: ObjectShelf, query: ListQuery): ListPage {
  const { prefix = "", delimiter, maxResults, includeTrailingDelimiter = false } = query;
  const after = query.pageToken === undefined ? undefined : decodeToken(query.pageToken);
  const items: ObjectRecord[] = [];
  const prefixes: string[] = [];
  let last: Position | undefined;
  for (const record of candidates(shelf, query)) {
    const { name } = record;
    if (!name.startsWith(prefix) || !within(name, query)) continue;
    const cut = delimiter === undefined ? -1 : name.indexOf(delimiter, prefix.length);
    const folder = cut < 0 || delimiter === undefined ? undefined : name.slice(0, cut + delimiter.length);
    const position: Position = folder === undefined ? [name, record.generation] : [folder, 0];
    const shown = after !== undefined && !isAfter(position, after);
    const known = folder !== undefined && prefixes.at(-1) === folder;
    const trailing = includeTrailingDelimiter && folder === name;
    if (shown || (known && !trailing)) continue;
    if (items.length + prefixes.length >= maxResults && last !== undefined) {
      return { items, prefixes, nextPageToken: encodeToken(last) };
    }
    if (folder === undefined || trailing) items.push(record);
    if (folder !== undefined && !known) prefixes.push(folder);
    last = position;
  }
  return { items, prefixes };
}

function* candidates(
  shelf: ObjectShelf,
  { versions = false, softDeleted = false }: ListQuery,
): Generator<ObjectRecord> {
  if (softDeleted) {
    const order = (a: ObjectRecord, b: ObjectRecord): number =>
      compareUtf8(a.name, b.name) || a.generation - b.generation;
    yield* [...shelf.softDeletedVersions()].sort(order);
    return;
  }
  for (const name of shelf.names()) {
    if (versions) yield* shelf.versions(name);
    else {
      const live = shelf.live(name);
      if (live !== undefined) yield live;
    }
  }
}

function within(name: string, { startOffset, endOffset }: ListQuery): boolean {
  const started = startOffset === undefined || compareUtf8(name, startOffset) >= 0;
  return started && (endOffset === undefined || compareUtf8(name, endOffset) < 0);
}

/** What lies below a prefix that was shown counts as shown. */
function isAfter([key, generation]: Position, [lastKey, lastGeneration]: Position): boolean {
  const order = compareUtf8(key, lastKey);
  return order > 0 || (order === 0 && generation > lastGeneration);
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function encodeToken(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

function decodeToken(token: string): Position {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number")
      return [value[0], value[1]];
  } catch {
    // Answered below, as any other token that is not ours.
  }
  throw invalid(`Invalid page token "${token}".`);
}
