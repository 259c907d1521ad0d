// The hourly job's process: measure, write, say what was written in one line of the log. Exit code 1 where a part failed.
import { GoogleAuth } from "google-auth-library";
import { readJobSettings } from "./monitoring/job-settings.ts";
import { measureLibrary, MeasureError } from "./monitoring/measure.ts";
import { SettingsError } from "./settings.ts";

/** A line as Cloud Logging reads it. */
function say(severity: "INFO" | "ERROR", message: string, more: object = {}): void {
  process.stdout.write(`${JSON.stringify({ severity, message, time: new Date().toISOString(), ...more })}\n`);
}

try {
  const { job, task, ...settings } = readJobSettings(process.env);
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const { measurements, listCalls } = await measureLibrary({
    ...settings,
    auth,
    source: { job, task },
    now: new Date(),
  });
  say("INFO", "measured", { values: measurements.length, listCalls });
} catch (error) {
  if (!(error instanceof MeasureError || error instanceof SettingsError)) throw error;
  say("ERROR", error.message);
  process.exitCode = 1;
}
