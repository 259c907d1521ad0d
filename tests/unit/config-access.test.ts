// What keys of identities, consumers and the bucket's options say together that cannot be; tests/unit/config-combinations.test.ts has the rest.
import { describe, expect, it } from "@jest/globals";
import { problemsOf } from "../support/stack-problems.ts";

const account = "serviceAccount:a@loist-music-library.iam.gserviceaccount.com";

describe("keys of access that do not fit together", () => {
  it.each<[stack: "prod" | "local", raw: Record<string, unknown>, expected: string[]]>([
    ["prod", { bucketMembers: { streaming: [account], upload: [account], people: ["group:a@b.example"] } }, []],
    [
      "prod",
      { bucketMembers: { people: [account], upload: ["group:a@b.example"] } },
      [
        `bucketMembers: names one account among people ("${account}"); expected groups in people. Name a group, whose members can change without an update.`,
        'bucketMembers: lets people be a part of the application ("group:a@b.example"); expected serviceAccount: members but in people. Name the account that it runs as.',
      ],
    ],
    [
      "prod",
      { bucketMembers: { streaming: ["serviceAccount:a@elsewhere.iam.gserviceaccount.com"] } },
      [
        'bucketMembers: could not be allowed to sign as itself ("serviceAccount:a@elsewhere.iam.gserviceaccount.com"); expected an account of the project loist-music-library in streaming. Make the account here.',
      ],
    ],
    ["prod", { serviceAccountKeyDates: ["2026-05-01", "2026-07-30"] }, []],
    [
      "prod",
      { serviceAccountKeyDates: ["2026-02-30", "2026-01-01", "2026-03-01"] },
      [
        'serviceAccountKeyDates: is no day of the calendar ("2026-02-30"); expected days as 2026-01-31. Correct it.',
        "serviceAccountKeyDates: keeps old keys alive (3); expected two at the most, while one takes over from the other. Remove the oldest.",
      ],
    ],
    [
      "prod",
      { serviceAccountKeyDates: ["2026-05-01", "2026-02-01"] },
      [
        'serviceAccountKeyDates: is not later than the one before ("2026-02-01"); expected the oldest first. Put them in order.',
      ],
    ],
    [
      "prod",
      { serviceAccountKeyDates: ["2026-01-01", "2026-09-01"] },
      [
        'serviceAccountKeyDates: comes more than 120 days after the key before ("2026-09-01"); expected a key every 90 days. Remove the older one.',
      ],
    ],
    [
      "local",
      { githubRepository: "loist/music-library" },
      ['githubRepository: cannot reach one machine ("loist/music-library"); expected "" in local. Remove it.'],
    ],
    [
      "prod",
      { connectionShares: { tracks: 2 } },
      [
        'connectionShares: names the library\'s own service ("tracks"); expected other applications only. Set serviceMaxInstances for it, and remove it here.',
      ],
    ],
    [
      "prod",
      { autoclassEnabled: true, coldlineAfterDays: 0, archiveAfterDays: 0 },
      [
        "nearlineAfterDays: moves what autoclassEnabled moves already (30); expected 0 with autoclassEnabled. Set it to 0, or autoclassEnabled to false.",
      ],
    ],
    [
      "local",
      { bucketAccessLogs: true },
      [
        "bucketAccessLogs: is not done by the storage server of this machine (true); expected false in local. Set it to false.",
      ],
    ],
  ])("%s: %j", (stack, raw, expected) => {
    expect(problemsOf(stack, raw)).toEqual(expected);
  });

  it("counts the shares of other applications before it reaches the engine", () => {
    const [problem = ""] = problemsOf("prod", { connectionShares: { "music-player": 40 } });
    expect(problem).toMatch(/\(5 \+ 40\) instances .* expected 1 or more\. Raise max_connections/);
  });
});
