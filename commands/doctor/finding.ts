// What the doctor says: where, how bad, what is wrong, and what to do about it.

export interface Finding {
  readonly area: "machine" | "configuration" | "credentials" | "stack";
  /** `error` stops something; `warning` is known to cost somebody an evening later. */
  readonly severity: "error" | "warning";
  /** Stable name, for programs. */
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

/** One line, whatever a program or Google has said: the first that says something, cut at 200 characters. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ""] = text.split("\n").filter((each) => each.trim() !== "");
  return line.trim().slice(0, 200);
}
