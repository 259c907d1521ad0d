// `npm run load -- FILE`: tracks from CSV or NDJSON into a library, empty or in use.
// cli-progress draws the bar: time left, and nothing at all where the output is no terminal.
import { SingleBar } from "cli-progress";
import { roles } from "../naming.ts";
import { runCommand, UsageError } from "./command.ts";
import { Rejects } from "./load/batches.ts";
import { connectionFor } from "./load/connection.ts";
import { loadIntoEmpty } from "./load/into-empty.ts";
import { loadIntoLive, type LoadOptions, type LoadResult } from "./load/into-live.ts";
import { openTrackFile } from "./load/track-file.ts";

await runCommand(
  {
    usage: "npm run load -- FILE [--as ROLE] [--on-error stop|skip] [--rejects FILE] [--stack NAME]",
    summary:
      "Loads tracks from CSV or NDJSON. A run that was stopped goes on where it was when the same command runs again; tracks " +
      "whose id is there already are left as they are.",
    options: {
      FILE: "ends with .csv (first line: columns) or .ndjson; npm run generate writes one",
      "--as ROLE": "application: into a library in use (default); migrator: into an empty one, indexes last",
      "--on-error WHAT": "stop at the first wrong record (default) or skip it",
      "--rejects FILE": "where wrong records are written as they stand",
      "--stack NAME": "the stack (local)",
      "--database-url-env NAME": "instead of a stack: environment variable that holds postgresql://...",
      "--json": "the closing line as one JSON object",
      "--owner-role NAME": `whom the migrator becomes (${roles.owner})`,
    },
  },
  {
    as: { type: "string", default: "application" },
    "on-error": { type: "string", default: "stop" },
    rejects: { type: "string" },
    stack: { type: "string", default: "local" },
    "database-url-env": { type: "string" },
    "owner-role": { type: "string", default: roles.owner },
    json: { type: "boolean", default: false },
  },
  async (values, [path = ""]) => {
    const { as, onError } = checked(values.as, values["on-error"], path);
    const file = await openTrackFile(path);
    const say = (line: string): void => {
      process.stderr.write(`${line}\n`);
    };
    const rejects = new Rejects(file, { onError, rejects: values.rejects, say });
    const bar = new SingleBar({ format: "{bar} {percentage} % | {records} records | {eta_formatted} left" });
    bar.start(file.bytes, 0, { records: 0 });
    const options: LoadOptions = {
      ...{ connect: await connectionFor(as, values.stack, values["database-url-env"]), file, rejects },
      onProgress: ({ records, bytes }) => {
        bar.update(bytes, { records });
      },
      onStep: say,
    };
    let result: LoadResult;
    try {
      result =
        as === "migrator"
          ? await loadIntoEmpty({ ...options, ownerRole: values["owner-role"] })
          : await loadIntoLive(options);
    } finally {
      bar.stop();
      await rejects.close();
    }
    const { records, rejected } = result;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ records, rejected })}\n`
        : `${records} records done, ${rejected} of them rejected\n`,
    );
    return 0;
  },
);

/** Throws UsageError with every problem. */
function checked(
  as: string,
  onError: string,
  path: string,
): { as: "migrator" | "application"; onError: "stop" | "skip" } {
  const problems: string[] = [];
  if (path === "") problems.push("FILE: is missing; expected a .csv or .ndjson file. Name one.");
  if (as !== "migrator" && as !== "application") {
    problems.push(`--as: is none ("${as}"); expected application or migrator. Name one.`);
  }
  if (onError !== "stop" && onError !== "skip") {
    problems.push(`--on-error: is none ("${onError}"); expected stop or skip. Name one.`);
  }
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return { as: as === "migrator" ? "migrator" : "application", onError: onError === "skip" ? "skip" : "stop" };
}
