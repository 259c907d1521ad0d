import { describe, expect, it } from "@jest/globals";
import {
  type AppliedFile,
  EditedMigrationError,
  FailedHistoryError,
  MissingMigrationError,
  OutOfOrderMigrationError,
  plan,
  type PlannedFile,
  RenamedMigrationError,
} from "../../migrator/index.ts";

const file = (version: string, sha256 = `sha-${version}`, description = `step ${version}`): PlannedFile => ({
  version,
  description,
  file: `V${version}__${description.replaceAll(" ", "_")}.up.sql`,
  sha256,
  checksum: 7,
});
const row = (version: string, change: Partial<AppliedFile> = {}): AppliedFile => ({ ...file(version), ...change });

const cases: {
  name: string;
  history: AppliedFile[];
  folder: PlannedFile[];
  outcomes: string[];
  pending: string[];
  error?: new (...args: never[]) => Error;
  says?: string;
}[] = [
  { name: "nothing and nothing", history: [], folder: [], outcomes: [], pending: [] },
  {
    name: "new files",
    history: [],
    folder: [file("0001"), file("0002")],
    outcomes: ["pending", "pending"],
    pending: ["0001", "0002"],
  },
  { name: "all applied", history: [row("0001")], folder: [file("0001")], outcomes: ["applied"], pending: [] },
  {
    name: "applied, then a new file",
    history: [row("0001")],
    folder: [file("0001"), file("0002")],
    outcomes: ["applied", "pending"],
    pending: ["0002"],
  },
  {
    name: "the same version with fewer zeros",
    history: [row("1", { file: "V1__step_1.up.sql", description: "step 0001", sha256: "sha-0001" })],
    folder: [file("0001")],
    outcomes: ["applied"],
    pending: [],
  },
  {
    name: "applied by Flyway with the same checksum",
    history: [row("0001", { sha256: null, checksum: 7 })],
    folder: [file("0001")],
    outcomes: ["applied"],
    pending: [],
  },
  {
    name: "applied by Flyway with another checksum",
    history: [row("0001", { sha256: null, checksum: 8 })],
    folder: [file("0001")],
    outcomes: ["edited"],
    pending: [],
    error: EditedMigrationError,
    says: "(SHA-256 unknown applied, sha-0001 in the folder); expected",
  },
  {
    name: "applied by a tool without checksums",
    history: [row("0001", { sha256: null, checksum: null })],
    folder: [file("0001")],
    outcomes: ["applied"],
    pending: [],
  },
  {
    name: "a file edited under another name",
    history: [row("0001")],
    folder: [file("0001", "other", "another name")],
    outcomes: ["edited"],
    pending: [],
    error: EditedMigrationError,
    says: 'in the folder), and is called "V0001__another_name.up.sql" now; expected',
  },
  {
    name: "an edited file",
    history: [row("0001")],
    folder: [file("0001", "other")],
    outcomes: ["edited"],
    pending: [],
    error: EditedMigrationError,
    says: "was edited after it was applied (SHA-256 sha-0001 applied, other in the folder); expected",
  },
  {
    name: "a missing file",
    history: [row("0001"), row("0002")],
    folder: [file("0001")],
    outcomes: ["applied", "missing"],
    pending: [],
    error: MissingMigrationError,
    says: '"V0002__step_0002.up.sql": was applied, but its file is missing',
  },
  {
    name: "a renamed file",
    history: [row("0001")],
    folder: [file("0001", "sha-0001", "another name")],
    outcomes: ["renamed"],
    pending: [],
    error: RenamedMigrationError,
    says: "is called",
  },
  {
    name: "a file under another number",
    history: [row("0001"), row("0002")],
    folder: [file("0001"), file("0003", "sha-0002")],
    outcomes: ["applied", "renamed", "pending"],
    pending: ["0003"],
    error: RenamedMigrationError,
    says: "under another number",
  },
  {
    name: "a file before applied ones",
    history: [row("0002"), row("0003")],
    folder: [file("0001"), file("0002"), file("0003")],
    outcomes: ["out of order", "applied", "applied"],
    pending: [],
    error: OutOfOrderMigrationError,
    says: "a later one was (V0003__step_0003.up.sql)",
  },
  {
    name: "a failed row of another tool",
    history: [row("0001", { success: false })],
    folder: [file("0001")],
    outcomes: ["failed"],
    pending: [],
    error: FailedHistoryError,
  },
];

/** A row of the history for version 2, and a file for it; version 1 is applied and there. */
const rowStates: Record<string, Partial<AppliedFile> | null> = {
  "no row": null,
  "same SHA-256": {},
  "other SHA-256": { sha256: "other" },
  "other SHA-256, same checksum": { sha256: "other", checksum: 7 },
  "same checksum only": { sha256: null },
  "other checksum only": { sha256: null, checksum: 8 },
  "no checksum at all": { sha256: null, checksum: null },
  failed: { success: false },
  "failed, other SHA-256": { success: false, sha256: "other" },
};
const fileStates: Record<string, PlannedFile[]> = {
  "no file": [],
  "its file": [file("2")],
  "its file renamed": [file("2", "sha-2", "other words")],
  "its content as version 4": [file("4", "sha-2")],
};
// Outcome of version 2 by file state, in the order above; after the slash where version 3 is applied too.
const expected: Record<string, string[]> = {
  "no row": ["-", "pending/out of order", "pending/out of order", "-"],
  "same SHA-256": ["missing", "applied", "renamed", "renamed"],
  "other SHA-256": ["missing", "edited", "edited", "missing"],
  "other SHA-256, same checksum": ["missing", "edited", "edited", "missing"],
  "same checksum only": ["missing", "applied", "renamed", "missing"],
  "other checksum only": ["missing", "edited", "edited", "missing"],
  "no checksum at all": ["missing", "applied", "renamed", "missing"],
  failed: ["failed", "failed", "failed", "failed"],
  "failed, other SHA-256": ["failed", "failed", "failed", "failed"],
};
const errors: Record<string, (new (...args: never[]) => Error) | undefined> = {
  edited: EditedMigrationError,
  missing: MissingMigrationError,
  renamed: RenamedMigrationError,
  "out of order": OutOfOrderMigrationError,
  failed: FailedHistoryError,
};
const states = Object.keys(rowStates).flatMap((rowState) =>
  Object.keys(fileStates).flatMap((fileState, index) =>
    [false, true].map((later) => {
      const [first, second] = (expected[rowState]?.[index] ?? "?").split("/");
      return { rowState, fileState, later, outcome: later ? (second ?? first) : first };
    }),
  ),
);

describe("each state of the history against each state of the folder", () => {
  it.each(states)(
    "$rowState, $fileState, a later one applied: $later -> $outcome",
    ({ rowState, fileState, later, outcome }) => {
      const change = rowStates[rowState];
      const history = [row("1"), ...(change == null ? [] : [row("2", change)]), ...(later ? [row("3")] : [])];
      const folder = [file("1"), ...(fileStates[fileState] ?? []), ...(later ? [file("3")] : [])].sort((left, right) =>
        left.version.localeCompare(right.version),
      );
      const found = plan(folder, history);
      expect(found.entries.find(({ version }) => version === "2")?.outcome ?? "-").toBe(outcome);
      const error = errors[outcome ?? ""];
      expect(found.problems.map(({ constructor }) => constructor)).toEqual(error === undefined ? [] : [error]);
      expect(
        found.entries
          .filter(({ version }) => version === "1" || version === "3")
          .every((entry) => entry.outcome === "applied"),
      ).toBe(true);
      expect(found.pending.map(({ version }) => version)).toEqual([
        ...(outcome === "pending" ? ["2"] : []),
        ...(fileState === "its content as version 4" ? ["4"] : []),
      ]);
    },
  );
});

describe("plan", () => {
  it.each(cases)("$name -> $outcomes", ({ history, folder, outcomes, pending, error, says }) => {
    const found = plan(folder, history);
    expect(found.entries.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(found.pending.map(({ version }) => version)).toEqual(pending);
    if (error === undefined) {
      expect(found.problems).toEqual([]);
    } else {
      expect(found.problems).toHaveLength(1);
      expect(found.problems[0]).toBeInstanceOf(error);
      expect(found.problems[0]?.message).toContain(says ?? "");
    }
  });

  it("compares versions as numbers, not as text", () => {
    const files = Array.from({ length: 11 }, (_, index) => file(String(index + 1)));
    expect(plan(files, files.slice(0, 9)).pending.map(({ version }) => version)).toEqual(["10", "11"]);
  });

  it("names every contradiction at once", () => {
    const { problems } = plan([file("0001", "other"), file("0003", "other")], [row("0001"), row("0002"), row("0003")]);
    expect(problems.map(({ file: name }) => name)).toEqual([
      "V0001__step_0001.up.sql",
      "V0002__step_0002.up.sql",
      "V0003__step_0003.up.sql",
    ]);
  });
});
