// As migrator, into an empty library: without indexes and counting triggers, then every index and the words at once. What
// was taken away stands in the database before it goes, so that a killed run is mended by the next one.
import type pg from "pg";
import { UsageError } from "../command.ts";
import type { LoadOptions, LoadResult } from "./into-live.ts";
import { beginState, finishState, type LoadState, readState } from "./load-state.ts";
import { writeBatches } from "./write-batches.ts";

const COUNTING = ["trg_audio_tracks_words_added", "trg_audio_tracks_words_removed", "trg_audio_tracks_words_renamed"];
/** Connections that copy, and then build indexes, at the same time: the default instance has two processors. */
const CONNECTIONS = 2;

export async function loadIntoEmpty(options: LoadOptions & { ownerRole: string }): Promise<LoadResult> {
  const client = await connectAsOwner(options);
  try {
    const state = (await readState(client, options.file)) ?? (await prepare(client, options));
    if (!state.finished) {
      await copyAll(client, options, state);
      await putBack(client, options);
    }
    const { records = 0, rejected = 0 } = (await readState(client, options.file)) ?? {};
    return { records, rejected };
  } finally {
    await client.end();
  }
}

async function copyAll(
  client: pg.Client,
  options: LoadOptions & { ownerRole: string },
  state: LoadState,
): Promise<void> {
  options.onStep("copying");
  const writers = [client];
  try {
    while (writers.length < CONNECTIONS) writers.push(await connectAsOwner(options));
    await writeBatches(writers, options, state);
  } finally {
    await Promise.all(writers.slice(1).map((writer) => writer.end()));
  }
}

async function connectAsOwner({ connect, ownerRole }: LoadOptions & { ownerRole: string }): Promise<pg.Client> {
  const client = await connect();
  await client.query("select set_config('role', $1, false), set_config('statement_timeout', '0', false)", [ownerRole]);
  return client;
}

/** In one transaction: whether the library is empty, what is taken away, and that it is. */
async function prepare(client: pg.Client, { file, onStep }: LoadOptions): Promise<LoadState> {
  onStep("taking indexes and counting triggers away");
  await client.query("begin");
  try {
    await client.query("lock table library.audio_tracks in share row exclusive mode");
    const { rows: unfinished } = await client.query(
      "select from library.track_loads where into_empty and finished_at is null",
    );
    const { rows: tracks } = await client.query("select from library.audio_tracks limit 1");
    if (unfinished.length > 0 || tracks.length > 0) {
      const seen = unfinished.length > 0 ? "another file's load is unfinished" : "it has tracks";
      throw new UsageError(
        `library: is not empty (${seen}); expected an empty one for --as migrator. ` +
          (unfinished.length > 0 ? "Run the unfinished load again first." : "Load with --as application."),
      );
    }
    const { rows } = await client.query<{ name: string; definition: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name, pg_get_indexdef(i.indexrelid) as definition
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       where i.indrelid = 'library.audio_tracks'::regclass and not i.indisprimary`,
    );
    await beginState(
      client,
      file,
      rows.map(({ definition }) => definition),
    );
    for (const { name } of rows) await client.query(`drop index ${name}`);
    for (const trigger of COUNTING) await client.query(`alter table library.audio_tracks disable trigger ${trigger}`);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
  const state = await readState(client, file);
  if (state === undefined) throw new Error("the load's state is gone");
  return state;
}

/** Every index that is missing, two at a time, the words among them. Changes that others make from here on are counted. */
async function putBack(client: pg.Client, options: LoadOptions & { ownerRole: string }): Promise<void> {
  const state = await readState(client, options.file);
  for (const trigger of COUNTING) await client.query(`alter table library.audio_tracks enable trigger ${trigger}`);
  const { rows } = await client.query<{ definition: string }>(
    "select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = 'library.audio_tracks'::regclass",
  );
  const present = new Set(rows.map(({ definition }) => definition));
  const missing = (state?.indexDefinitions ?? []).filter((definition) => !present.has(definition));
  // The longest first, so that both end together.
  const queue = missing.toSorted((a, b) => Number(b.includes("gin")) - Number(a.includes("gin")));
  // What looks at the common words when it is built waits until they are chosen.
  const pairs = queue.filter((definition) => definition.includes("common_pairs"));
  const counting = "select library.rebuild_words(), library.choose_common_words()";
  queue.splice(0, queue.length, counting, ...queue.filter((definition) => !pairs.includes(definition)));
  const build = async (): Promise<void> => {
    const builder = await connectAsOwner(options);
    try {
      for (let statement = queue.shift(); statement !== undefined; statement = queue.shift()) {
        options.onStep(statement.replace(/^CREATE (?:UNIQUE )?INDEX (\S+) .*/s, "building $1"));
        await builder.query(statement);
        if (statement === counting) queue.unshift(...pairs);
      }
    } finally {
      await builder.end();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, build));
  options.onStep("statistics");
  await client.query("analyze library.audio_tracks, library.words");
  await finishState(client, options.file);
}
