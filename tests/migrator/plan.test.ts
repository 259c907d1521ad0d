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
  },
  {
    name: "an edited file",
    history: [row("0001")],
    folder: [file("0001", "other")],
    outcomes: ["edited"],
    pending: [],
    error: EditedMigrationError,
    says: "was edited after it was applied",
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
