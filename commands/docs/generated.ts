// Every generated document, by the file that it stands in.
import { startCluster } from "../../tests/support/postgres.ts";
import { applySchema, testDatabase } from "../../tests/support/schema.ts";
import { apiReference } from "./api-reference.ts";
import { architecturePicture } from "./architecture.ts";
import { flagGuide } from "./flag-guide.ts";
import { readGoldenGraph } from "./golden-graph.ts";
import { readSchema, schemaPicture } from "./schema-picture.ts";

export interface Generated {
  readonly about: string;
  /** Texts by file. */
  readonly make: () => Promise<ReadonlyMap<string, string>>;
}

export const generatedDocuments: readonly Generated[] = [
  {
    about: "architecture, from the golden graph of prod",
    make: async () => new Map([["docs/architecture.svg", await architecture()]]),
  },
  {
    about: "flags, from their catalogue and profiles",
    make: async () => new Map([["docs/database-flags.md", flagGuide()]]),
  },
  {
    about: "schema, from a database that the migrations make",
    make: async () => new Map([["docs/schema.svg", await schema()]]),
  },
  { about: "API reference, from doc comments", make: api },
];

export async function architecture(): Promise<string> {
  return await architecturePicture(readGoldenGraph("prod"));
}

async function schema(): Promise<string> {
  const cluster = await startCluster();
  try {
    await applySchema(cluster);
    const client = await cluster.connect(testDatabase);
    const found = await readSchema(client).finally(() => client.end());
    return await schemaPicture(found);
  } finally {
    await cluster.remove();
  }
}

async function api(): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await apiReference())].map(([name, text]) => [`docs/api/${name}`, text]));
}
