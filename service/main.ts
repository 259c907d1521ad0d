// The service's process: settings, listen, and a stop that loses no request.
import { openMusicLibrary } from "../client/index.ts";
import { logging } from "./logging.ts";
import { buildServer } from "./server.ts";
import { readSettings, SettingsError } from "./settings.ts";

/** Cloud Run kills 10 s after SIGTERM, and PgBouncer beside us ends only when our pool is closed. */
const STOP_DEADLINE_MS = 8_000;

function settingsOrExit(): ReturnType<typeof readSettings> {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const settings = settingsOrExit();
const library = openMusicLibrary({
  contract: settings.contract,
  poolerPassword: settings.poolerPassword,
  ...(settings.contentKey === undefined ? {} : { contentKey: settings.contentKey }),
  applicationName: process.env["K_SERVICE"] ?? "music-library-service",
  onIdleError: (error) => server.log.warn({ err: error }, "an idle connection to the pooler broke"),
});
const server = await buildServer({
  library,
  poolerPassword: settings.poolerPassword,
  logger: logging(settings.logLevel),
  access: settings.access,
  signingsPerMinute: settings.signingsPerMinute,
});

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  server.log.info({ signal }, "stopping");
  setTimeout(() => {
    server.log.error("requests did not end in time; leaving them");
    process.exit(1);
  }, STOP_DEADLINE_MS).unref();
  // In this order: no new requests, the running ones answered, then the pool that they used.
  const closed = server.close();
  // A connection whose answer was under way is kept alive after it, and nobody would close it before the deadline.
  const idle = setInterval(() => server.server.closeIdleConnections(), 50);
  await closed;
  clearInterval(idle);
  await library.close();
  server.log.info("stopped");
}
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal));

await server.listen({ host: settings.host, port: settings.port });
