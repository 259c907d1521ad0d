// `npm run stop`: stops what runs on this machine; data and state stay.
import { stopCloud } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { runCommand } from "./command.ts";

async function stop(): Promise<number> {
  const stopped = await stopCloud(new LocalPaths());
  process.stdout.write(
    stopped.length === 0 ? "stop: nothing was running\n" : `stop: stopped the local cloud, ${stopped.join(", ")}\n`,
  );
  return 0;
}

await runCommand(
  {
    usage: "npm run stop",
    summary: "Stops PostgreSQL, PgBouncer, the service and the local cloud. Data stays; `npm start` brings them back.",
    options: {},
  },
  {},
  stop,
);
