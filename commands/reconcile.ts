// `npm run reconcile`: what the bucket has without a row, and what rows name without an object. Changes nothing.
import { GoogleAuth } from "google-auth-library";
import { ObjectStore, objectOfUri, type Orphan, orphans, type TrackObject } from "../client/index.ts";
import type { Contract } from "../client/contract.ts";
import { openClient } from "../connections/open.ts";
import { runCommand } from "./command.ts";
import { enterStack, readContract } from "./stack-outputs.ts";
import { connectionAs } from "./verify/context.ts";

type Client = Awaited<ReturnType<typeof openClient>>;

const PAGE = 5_000;

await runCommand(
  {
    usage: "npm run reconcile -- [--stack NAME] [--json]",
    summary: "Lists objects without a track and tracks without their object. Exits with 1 where there are any.",
    options: { "--stack NAME": "the stack (local)", "--json": "one JSON object a line" },
  },
  { stack: { type: "string", default: "local" }, json: { type: "boolean", default: false } },
  async ({ stack, json }) => {
    await enterStack(stack);
    const contract = await readContract(stack);
    const client = await openClient(connectionAs(contract, contract.database.logins.verifier), {
      applicationName: "reconcile",
    });
    let found = 0;
    try {
      for await (const orphan of compared(contract, client)) {
        found += 1;
        process.stdout.write(`${json ? JSON.stringify(orphan) : line(orphan)}\n`);
      }
    } finally {
      await client.end();
    }
    process.stderr.write(found === 0 ? "bucket and tracks agree\n" : `${found} orphans\n`);
    return found === 0 ? 0 : 1;
  },
);

async function* compared(contract: Contract, client: Client): AsyncGenerator<Orphan> {
  const { name: bucket, prefixes } = contract.bucket;
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const objects = new ObjectStore({
    ...{ bucket, prefixes, endpoint: contract.endpoints.storage },
    authClient: await auth.getClient(),
  });
  for (const [prefix, column] of [
    [prefixes.audio, "audio_path"],
    [prefixes.thumbnails, "thumbnail_path"],
  ] as const) {
    yield* orphans(names(objects, prefix), trackObjects(client, bucket, column));
  }
}

async function* names(objects: ObjectStore, prefix: string): AsyncGenerator<string> {
  for await (const { name } of objects.listAll(prefix)) yield name;
}

/** In the order of bytes, through a cursor: ten million rows are not held. */
async function* trackObjects(
  client: Client,
  bucket: string,
  column: "audio_path" | "thumbnail_path",
): AsyncGenerator<TrackObject> {
  await client.query("begin read only");
  try {
    await client.query(
      `declare track_objects no scroll cursor for
       select id::text, ${column} as path, status = 'COMPLETED' as required from library.audio_tracks
       where ${column} like 'gs://${bucket.replace(/[^a-z0-9._-]/g, "")}/%' order by ${column} collate "C"`,
    );
    for (;;) {
      const { rows } = await client.query<{ id: string; path: string; required: boolean }>(
        `fetch ${String(PAGE)} from track_objects`,
      );
      for (const { id, path, required } of rows) yield { name: objectOfUri(path, bucket), trackId: id, required };
      if (rows.length < PAGE) return;
    }
  } finally {
    await client.query("rollback");
  }
}

function line(orphan: Orphan): string {
  return orphan.kind === "object without a track"
    ? `object without a track:    ${orphan.name}`
    : `track without its object:  ${orphan.name} (track ${orphan.trackId})`;
}
