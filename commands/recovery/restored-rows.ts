// What is looked at in a library that was brought back: the rows of `verify` that need the server alone (the service does not run
// on a clone), and whether it is the library of that moment.
import { openClient } from "../../connections/open.ts";
import type { Contract } from "../../client/contract.ts";
import { connectionAs, verifyContext } from "../verify/context.ts";
import { databaseRows } from "../verify/database-rows.ts";
import { readInstance } from "../verify/instance.ts";
import { instanceRows } from "../verify/instance-rows.ts";
import { expectThat, type Row, row } from "../verify/report.ts";

/** Without a moment the library may be in use again, and younger. */
export async function restoredRows(contract: Contract, moment?: Date): Promise<Row[]> {
  const context = verifyContext(contract, "", {});
  const instance = readInstance(context);
  return [
    ...(await databaseRows(context, instance)),
    ...(await instanceRows(context, instance)),
    ...(moment === undefined
      ? []
      : [await row("nothing is younger than the moment restored", () => youngestFigure(contract, moment))]),
  ];
}

async function youngestFigure(contract: Contract, moment: Date): Promise<string> {
  const client = await openClient(connectionAs(contract, contract.database.logins.verifier), {
    applicationName: "recovery",
  });
  try {
    const { rows } = await client.query<{ tracks: string; events: string; youngest: Date | null }>(`
      select (select count(*) from library.audio_tracks) as tracks, (select count(*) from library.track_events) as events,
        greatest((select max(updated_at) from library.audio_tracks), (select max(occurred_at) from library.track_events))
          as youngest`);
    const { tracks = "0", events = "0", youngest = null } = rows[0] ?? {};
    const at = youngest?.toISOString() ?? "never";
    expectThat(youngest === null || youngest.getTime() <= moment.getTime(), `a change of ${at} is in it`);
    return `${tracks} tracks and ${events} status changes, the last of ${at}`;
  } finally {
    await client.end();
  }
}
