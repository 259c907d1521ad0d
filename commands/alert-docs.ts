// The README's table of alerts, from the rules that the policies are made of.
import { type AlertCondition, type AlertRule } from "../components/alert-rule.ts";
import { alertRules } from "../components/alert-rules.ts";

const marks = { begin: "<!-- alerts:begin -->", end: "<!-- alerts:end -->" };

/** The figures of the default configuration; an instance with a replica, an image, and a service that is kept warm, so that no rule is missing. */
const example = {
  project: "PROJECT",
  names: { instance: "INSTANCE", bucket: "BUCKET", service: "SERVICE", metricsJob: "JOB" },
  maxConnections: 100,
  diskAutoresizeLimitGb: 100,
  queryInsightsEnabled: true,
  serviceImage: "IMAGE",
  pointInTimeRecoveryEnabled: true,
  replicas: ["REPLICA"],
  uptimeCheckId: "CHECK",
};

/** README with one row an alert between its marks. Throws when it has none. */
export async function withAlertTable(text: string): Promise<string> {
  const [begin, end] = [text.indexOf(marks.begin), text.indexOf(marks.end)];
  if (begin < 0 || end < begin) {
    throw new Error(
      `README.md: has no place for the alerts; expected a line ${marks.begin} and a line ${marks.end}. Add them.`,
    );
  }
  const header = [
    "Alert | Severity | Fires when | Metric or log | Window | Silence",
    "--- | --- | --- | --- | --- | ---",
  ];
  const table = [...header, ...alertRules(example).map(row)].map((cells) => `| ${cells} |`);
  return `${text.slice(0, begin + marks.begin.length)}\n\n${table.join("\n")}\n\n${text.slice(end)}`;
}

function row({ title, severity, fires, condition }: AlertRule): string {
  return [title, severity, fires, `\`${source(condition)}\``, longestWindow(condition), silence(condition)].join(" | ");
}

function source(condition: AlertCondition): string {
  return condition.kind === "log" ? condition.log : condition.metric;
}

function longestWindow(condition: AlertCondition): string {
  if (condition.kind === "log") return "one entry";
  const minutes = Math.max(condition.windowSeconds, condition.durationSeconds) / 60;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

function silence(condition: AlertCondition): string {
  return condition.kind === "log" ? "" : condition.silence;
}
