// `-- migrator: ignore RULE because REASON`: a file's word that a rule's finding is meant. It counts for the whole file.
import type { Finding, SqlText } from "../migrator/migration.ts";
import { Place } from "../migrator/files/place.ts";

const comment = /^--[ \t]*migrator:[ \t]*ignore\b[ \t]*(.*?)[ \t]*\r?$/gm;

/** Takes out what the files ignore; an ignore without rule or reason is a finding itself. */
export function withoutIgnored(findings: readonly Finding[], texts: readonly SqlText[]): Finding[] {
  const ignored = new Set<string>();
  const wrong: Finding[] = [];
  for (const { file, sql } of texts) {
    if (!sql.includes("migrator:")) continue;
    for (const { index, 1: said = "" } of sql.matchAll(comment)) {
      const [, rules = "", reason = ""] = /^([a-z-]+(?:,[a-z-]+)*) because (\S.*)$/.exec(said) ?? [];
      for (const rule of rules.split(",")) ignored.add(`${file} ${rule}`);
      if (reason !== "") continue;
      const message = 'an ignore needs a reason; expected "-- migrator: ignore RULE because REASON". Say why.';
      wrong.push({
        file,
        ...new Place(sql, index).position,
        rule: "ignore-without-reason",
        severity: "error",
        message,
      });
    }
  }
  return [...findings.filter(({ file, rule }) => !ignored.has(`${file} ${rule}`)), ...wrong];
}
