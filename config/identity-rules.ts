import { daysBetween, KEY_LIFETIME_DAYS } from "../components/key-dates.ts";
import { rule, when } from "./rule.ts";

export const identityRules = [
  rule(["oidcIssuer", "oidcAudience", "publicReads"], ({ oidcIssuer, oidcAudience, publicReads }) => [
    ...when(oidcIssuer !== "" && oidcAudience === "", "oidcAudience", oidcAudience, {
      wrong: "would take the issuer's tokens for any other service too",
      expected: "an audience with oidcIssuer",
      next: "Name what the tokens are made for",
    }),
    ...when(oidcIssuer === "" && oidcAudience !== "", "oidcAudience", oidcAudience, {
      wrong: "has nobody who issues tokens for it",
      expected: '"" without oidcIssuer',
      next: "Set oidcIssuer, or remove it",
    }),
    ...when(publicReads && oidcIssuer === "", "publicReads", publicReads, {
      wrong: "tells reads from writes where nothing tells callers apart",
      expected: "false without oidcIssuer",
      next: "Set oidcIssuer and oidcAudience, or set it to false",
    }),
  ]),
  rule(["bucketMembers", "project"], ({ bucketMembers, project }) => {
    const { people = [], ...parts } = bucketMembers;
    const own = new RegExp(`^serviceAccount:[^@]+@${project}\\.iam\\.gserviceaccount\\.com$`);
    return [
      ...people.flatMap((member) =>
        when(!member.startsWith("group:"), "bucketMembers", member, {
          wrong: "names one account among people",
          expected: "groups in people",
          next: "Name a group, whose members can change without an update",
        }),
      ),
      ...Object.values(parts)
        .flat()
        .flatMap((member) =>
          when(!member.startsWith("serviceAccount:"), "bucketMembers", member, {
            wrong: "lets people be a part of the application",
            expected: "serviceAccount: members but in people",
            next: "Name the account that it runs as",
          }),
        ),
      // A custom role of a project can be granted on that project's accounts only.
      ...(parts.streaming ?? [])
        .filter((member) => member.startsWith("serviceAccount:"))
        .flatMap((member) =>
          when(!own.test(member), "bucketMembers", member, {
            wrong: "could not be allowed to sign as itself",
            expected: `an account of the project ${project} in streaming`,
            next: "Make the account here",
          }),
        ),
    ];
  }),
  rule(["githubRepository", "environment"], ({ githubRepository, environment }) =>
    when(environment === "local" && githubRepository !== "", "githubRepository", githubRepository, {
      wrong: "cannot reach one machine",
      expected: '"" in local',
      next: "Remove it",
    }),
  ),
  rule(["serviceAccountKeyDates"], ({ serviceAccountKeyDates: dates }) => {
    const [older = "", newer = older] = dates;
    const unreal = dates.filter((date) => !isDay(date));
    return [
      ...unreal.flatMap((date) =>
        when(true, "serviceAccountKeyDates", date, {
          wrong: "is no day of the calendar",
          expected: "days as 2026-01-31",
          next: "Correct it",
        }),
      ),
      ...when(dates.length > 2, "serviceAccountKeyDates", dates.length, {
        wrong: "keeps old keys alive",
        expected: "two at the most, while one takes over from the other",
        next: "Remove the oldest",
      }),
      ...when(
        unreal.length === 0 && dates.length === 2 && daysBetween(older, newer) < 1,
        "serviceAccountKeyDates",
        newer,
        {
          wrong: "is not later than the one before",
          expected: "the oldest first",
          next: "Put them in order",
        },
      ),
      ...when(daysBetween(older, newer) > KEY_LIFETIME_DAYS + 30, "serviceAccountKeyDates", newer, {
        wrong: `comes more than ${KEY_LIFETIME_DAYS + 30} days after the key before`,
        expected: `a key every ${KEY_LIFETIME_DAYS} days`,
        next: "Remove the older one",
      }),
    ];
  }),
];

function isDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
