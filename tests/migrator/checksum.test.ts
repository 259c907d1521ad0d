import { describe, expect, it } from "@jest/globals";
import { flywayChecksum, normalise, sha256 } from "../../migrator/files/checksum.ts";

describe("SHA-256 of a file", () => {
  it("is that of the text, whatever its line ends and byte order mark", () => {
    const expected = sha256("select 1;\nselect 2;\n");
    expect(sha256(normalise("select 1;\r\nselect 2;\r\n"))).toBe(expected);
    expect(sha256(normalise("\uFEFFselect 1;\nselect 2;\n"))).toBe(expected);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
  });

  it("sees one byte, white space in a literal and a line break that frees a statement from its comment", () => {
    const different = ["select 'a b';", "select 'a  b';", "-- note\ndrop table a;", "-- notedrop table a;"];
    expect(new Set(different.map(sha256)).size).toBe(different.length);
  });
});

describe("Flyway's checksum", () => {
  it.each([
    "create table a(id int);",
    "create table a(id int);\n",
    "create table a(id int);\r\n",
    "\uFEFFcreate table a(id int);",
  ])("is -1193849269 for %j", (text) => {
    expect(flywayChecksum(text)).toBe(-1193849269);
  });

  it("cannot see a line break, as Flyway's cannot", () => {
    expect(flywayChecksum("-- note\ndrop table a;")).toBe(-1166582579);
    expect(flywayChecksum("-- notedrop table a;")).toBe(-1166582579);
  });
});
