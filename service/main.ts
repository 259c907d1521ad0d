// The service's process: settings, listen, and a stop that loses no request.
import { randomBytes } from "node:crypto";
import { GoogleAuth } from "google-auth-library";
import { openMusicLibrary } from "../client/index.ts";
import { logging } from "./logging.ts";
import { publishPooler } from "./monitoring/pooler-publisher.ts";
import { TimeSeries } from "./monitoring/time-series.ts";
import { poolerStatistics } from "./pooler-statistics.ts";
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
const { contract, poolerPassword } = settings;
const serviceName = process.env["K_SERVICE"] ?? "music-library-service";
const library = openMusicLibrary({
  contract,
  poolerPassword,
  ...(settings.contentKey === undefined ? {} : { contentKey: settings.contentKey }),
  applicationName: serviceName,
  onIdleError: (error) => server.log.warn({ err: error }, "an idle connection to the pooler broke"),
});
const server = await buildServer({
  library,
  poolerPassword,
  logger: logging(settings.logLevel),
  access: settings.access,
  signingsPerMinute: settings.signingsPerMinute,
});

function startPublishing(): () => Promise<void> {
  const { project, region, endpoints } = contract;
  // A series of its own for each process: an instance that is started again is another one.
  const task = `${process.env["K_REVISION"] ?? serviceName}-${randomBytes(4).toString("hex")}`;
  return publishPooler({
    statistics: () => poolerStatistics(contract, poolerPassword),
    series: new TimeSeries({
      auth: new GoogleAuth({ scopes: "https://www.googleapis.com/auth/monitoring.write" }),
      endpoint: endpoints.management,
      source: { project, location: region, job: serviceName, task },
    }),
    onError: (err) => server.log.warn({ err }, "the pooler's figures could not be written"),
  });
}
const stopPublishing = settings.publishMetrics ? startPublishing() : undefined;

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
  await stopPublishing?.();
  await library.close();
  server.log.info("stopped");
}
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal));

await server.listen({ host: settings.host, port: settings.port });
