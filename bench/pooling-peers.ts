// What applications without a pool do: a connection for each request.
import pg from "pg";
import { Tracks } from "../client/index.ts";
import type { TestCluster } from "../tests/support/postgres.ts";
import { testPassword } from "../tests/support/schema.ts";

/** As many at a time as the server lets in. */
const AT_A_TIME = 32;

/** Searches a second, each on a connection of its own. */
export async function connectionPerRequest(
  cluster: TestCluster,
  queries: readonly string[],
  seconds: number,
): Promise<number> {
  const began = performance.now();
  let calls = 0;
  const client = async (index: number) => {
    for (let turn = index; performance.now() - began < seconds * 1000; turn += 1) {
      const connection = new pg.Client({
        ...{ host: "127.0.0.1", port: cluster.port, user: "music_library_user", password: testPassword },
        database: "music_library",
      });
      await connection.connect();
      const queriesOn = {
        query: async <Row extends pg.QueryResultRow>({ text, values }: { text: string; values: readonly unknown[] }) =>
          (await connection.query<Row>(text, [...values])).rows,
      };
      await new Tracks(queriesOn).search(queries[turn % queries.length] ?? "", 20);
      await connection.end();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, index) => client(index)));
  return calls / ((performance.now() - began) / 1000);
}
