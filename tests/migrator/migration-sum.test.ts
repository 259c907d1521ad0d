// migrations.sum: what it says, and which change of a folder it finds.
import { mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { sha256 } from "../../migrator/files/checksum.ts";
import { MigrationFilesError, readMigrations, writeSum } from "../../migrator/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "migration-sum-"));
  for (const version of [1, 2, 3]) add(version);
  write("R__views.sql", "select 'views';");
  writeSum({ folder });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
const read = (file: string): string => readFileSync(join(folder, file), "utf8");
function add(version: number, name = `step_${String(version)}`): void {
  write(`V${String(version)}__${name}.up.sql`, `select 'up ${String(version)} ${name}';\n`);
  write(`V${String(version)}__${name}.down.sql`, `select 'down ${String(version)}';\n`);
}
function remove(version: number): void {
  for (const way of ["up", "down"]) unlinkSync(join(folder, `V${String(version)}__step_${String(version)}.${way}.sql`));
}
/** The problems, without the next steps. */
function problems(): string[] {
  try {
    readMigrations({ folder, gaps: "allow" });
    return [];
  } catch (error) {
    if (!(error instanceof MigrationFilesError)) throw error;
    return error.problems.map(({ file, line, message }) => {
      expect(message).toMatch(/migrate sum/);
      return `${file}${line === undefined ? "" : `:${String(line)}`}: ${message}`;
    });
  }
}

describe("migrations.sum", () => {
  it("has a line a file: ways up chained, ways back and repeatables hanging from it", () => {
    const hash = (before: string, file: string): string => sha256([before, file, sha256(read(file))].join("\n"));
    const [one, two, three] = [1, 2, 3].map((version) => `V${String(version)}__step_${String(version)}`);
    const first = hash("", `${String(one)}.up.sql`);
    const second = hash(first, `${String(two)}.up.sql`);
    const third = hash(second, `${String(three)}.up.sql`);
    expect(read("migrations.sum").split("\n")).toEqual([
      `${first}  ${String(one)}.up.sql`,
      `${hash(first, `${String(one)}.down.sql`)}  ${String(one)}.down.sql`,
      `${second}  ${String(two)}.up.sql`,
      `${hash(second, `${String(two)}.down.sql`)}  ${String(two)}.down.sql`,
      `${third}  ${String(three)}.up.sql`,
      `${hash(third, `${String(three)}.down.sql`)}  ${String(three)}.down.sql`,
      `${hash("", "R__views.sql")}  R__views.sql`,
      "",
    ]);
    expect(readMigrations({ folder }).migrations.map(({ chain }) => chain)).toEqual([first, second, third]);
  });

  it.each<[string, () => void, string[]]>([
    ["nothing", () => undefined, []],
    [
      "other line ends and a byte order mark",
      () => {
        write("V2__step_2.up.sql", `\uFEFF${read("V2__step_2.up.sql").replaceAll("\n", "\r\n")}`);
      },
      [],
    ],
    [
      "an edit",
      () => {
        write("V2__step_2.up.sql", "select 'UP 2';");
      },
      ["V2__step_2.up.sql: is not what"],
    ],
    [
      "an edit of a way back",
      () => {
        write("V2__step_2.down.sql", "");
      },
      ["V2__step_2.down.sql: is not what"],
    ],
    [
      "an edit of a repeatable",
      () => {
        write("R__views.sql", "");
      },
      ["R__views.sql: is not what"],
    ],
    [
      "a file more",
      () => {
        add(4);
      },
      ["V4__step_4.up.sql: is not in migrations.sum", "V4__step_4.down.sql: is not in"],
    ],
    [
      "a file less",
      () => {
        remove(2);
      },
      ["V2__step_2.up.sql: stands in migrations.sum, but is not in the folder", "V2__step_2.down.sql: stands in"],
    ],
    [
      "a file in between",
      () => {
        renameSync(join(folder, "V3__step_3.up.sql"), join(folder, "V4__step_3.up.sql"));
        renameSync(join(folder, "V3__step_3.down.sql"), join(folder, "V4__step_3.down.sql"));
        add(3, "other");
        writeSumWithout("other");
      },
      ['V3__other.up.sql: was inserted before "V4__step_3.up.sql"', "V3__other.down.sql: is not in"],
    ],
    [
      "a rename",
      () => {
        renameSync(join(folder, "V2__step_2.down.sql"), join(folder, "V2__renamed.down.sql"));
        renameSync(join(folder, "V2__step_2.up.sql"), join(folder, "V2__renamed.up.sql"));
      },
      [
        "V2__step_2.up.sql: stands in",
        "V2__step_2.down.sql: stands in",
        'V2__renamed.up.sql: was inserted before "V3__step_3.up.sql"',
        "V2__renamed.down.sql: is not in",
      ],
    ],
    [
      "lines in another order",
      () => {
        const lines = read("migrations.sum").split("\n");
        write("migrations.sum", [...lines.slice(2, 4), ...lines.slice(0, 2), ...lines.slice(4)].join("\n"));
      },
      [
        "V2__step_2.up.sql: is not what",
        "V1__step_1.up.sql: is not what",
        "V3__step_3.up.sql: is not what",
        'V2__step_2.up.sql: stands in migrations.sum where "V1__step_1.up.sql"',
      ],
    ],
    [
      "a merge conflict",
      () => {
        write("migrations.sum", `<<<<<<< ours\n${read("migrations.sum")}=======\n>>>>>>> theirs\n`);
      },
      ["migrations.sum:1: is left of a merge conflict", "migrations.sum:9: is left", "migrations.sum:10: is left"],
    ],
    [
      "a line twice",
      () => {
        const text = read("migrations.sum");
        write("migrations.sum", text + (text.split("\n")[6] ?? ""));
      },
      ["migrations.sum:8: is no line of a hash and a file, each once"],
    ],
    [
      "no sum",
      () => {
        unlinkSync(join(folder, "migrations.sum"));
      },
      ["migrations.sum: is missing"],
    ],
  ])("tells %s", (_, change, expected) => {
    change();
    const found = problems();
    expect(found).toHaveLength(expected.length);
    expected.forEach((start, index) => {
      expect(found[index]).toContain(start);
    });
  });

  it("is not written for a folder that breaks other rules", () => {
    const before = read("migrations.sum");
    write("notes.sql", "");
    expect(() => writeSum({ folder })).toThrow(/notes.sql: name is not understood/);
    expect(read("migrations.sum")).toBe(before);
  });

  it("stands in the project's own folder", () => {
    expect(
      readMigrations({ folder: join(import.meta.dirname, "../../sql/migrations") }).migrations.length,
    ).toBeGreaterThan(0);
  });
});

/** The sum of the folder as it was before a file of that name came. */
function writeSumWithout(name: string): void {
  const files = ["up", "down"].map((way) => `V3__${name}.${way}.sql`);
  const texts = files.map(read);
  files.forEach((file) => {
    unlinkSync(join(folder, file));
  });
  writeSum({ folder, gaps: "allow" });
  files.forEach((file, index) => {
    write(file, texts[index] ?? "");
  });
}
