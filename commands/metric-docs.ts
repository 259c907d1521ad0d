// The README's table of the library's own metrics, from their declarations.
import { metricDeclarations } from "../components/metric-descriptors.ts";

const marks = { begin: "<!-- metrics:begin -->", end: "<!-- metrics:end -->" };

/** README with one row a metric between its marks. Throws when it has none. */
export async function withMetricTable(text: string): Promise<string> {
  const [begin, end] = [text.indexOf(marks.begin), text.indexOf(marks.end)];
  if (begin < 0 || end < begin) {
    throw new Error(
      `README.md: has no place for the metrics; expected a line ${marks.begin} and a line ${marks.end}. Add them.`,
    );
  }
  const rows = metricDeclarations.map(({ type, unit, labels, description }) =>
    [`\`${type}\``, unit, Object.keys(labels).join(", "), description].join(" | "),
  );
  const table = ["Metric | Unit | Labels | Meaning", "--- | --- | --- | ---", ...rows].map((cells) => `| ${cells} |`);
  return `${text.slice(0, begin + marks.begin.length)}\n\n${table.join("\n")}\n\n${text.slice(end)}`;
}
