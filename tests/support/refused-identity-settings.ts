// Wrong settings of identities, each with all that is reported.
import type { RefusedCombination } from "./refused-combinations.ts";
import type { RefusedKey } from "./refused-keys.ts";

/** In stack prod. */
export const refusedIdentityKeys: readonly RefusedKey[] = [
  [
    { oidcIssuer: "http://accounts.example.org" },
    'oidcIssuer: has the wrong form ("http://accounts.example.org"); expected "" or an address as https://accounts.example.org. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { oidcAudience: "two words" },
    'oidcAudience: has the wrong form ("two words"); expected "" or up to 255 characters without space. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { developers: ["allUsers"] },
    'developers: has the wrong form (["allUsers"]); expected a list of user:, group:, serviceAccount: or domain: members, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { bucketMembers: { upload: ["user:a@music.example"] } },
    'bucketMembers: has the wrong form ({"upload":["user:a@music.example"]}); expected a map of streaming, upload, pipeline, people to lists of group: or serviceAccount: members. Correct it in Pulumi.prod.yaml, or remove it there for the default {}.',
  ],
  [
    { bucketMembers: { everything: ["group:a@music.example"] } },
    'bucketMembers: is not accepted ({"everything":["group:a@music.example"]}); expected a map of streaming, upload, pipeline, people to lists of group: or serviceAccount: members. Correct it in Pulumi.prod.yaml, or remove it there for the default {}.',
  ],
  [
    { kubernetesServiceAccounts: ["music"] },
    'kubernetesServiceAccounts: has the wrong form (["music"]); expected a list of accounts as NAMESPACE/NAME, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
  [
    { githubRepository: "music" },
    'githubRepository: has the wrong form ("music"); expected "" or OWNER/NAME. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { githubRepository: "https://github.com/a/b" },
    'githubRepository: has the wrong form ("https://github.com/a/b"); expected "" or OWNER/NAME. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { githubDeployFrom: "main" },
    'githubDeployFrom: has the wrong form ("main"); expected "", environment:NAME or ref:refs/heads/BRANCH. Correct it in Pulumi.prod.yaml.',
  ],
  [
    { serviceAccountKeyDates: ["yesterday"] },
    'serviceAccountKeyDates: has the wrong form (["yesterday"]); expected a list of days as 2026-01-31, oldest first, two at the most, none twice. Correct it in Pulumi.prod.yaml, or remove it there for the default [].',
  ],
];

export const refusedIdentityCombinations: readonly RefusedCombination[] = [
  [
    "prod",
    { oidcIssuer: "https://accounts.example.org" },
    [
      'oidcAudience: would take the issuer\'s tokens for any other service too (""); expected an audience with oidcIssuer. Name what the tokens are made for.',
    ],
  ],
  [
    "prod",
    { oidcAudience: "tracks", publicReads: true },
    [
      'oidcAudience: has nobody who issues tokens for it ("tracks"); expected "" without oidcIssuer. Set oidcIssuer, or remove it.',
      "publicReads: tells reads from writes where nothing tells callers apart (true); expected false without oidcIssuer. Set oidcIssuer and oidcAudience, or set it to false.",
    ],
  ],
  [
    "prod",
    { bucketMembers: { people: ["serviceAccount:a@loist-music-library.iam.gserviceaccount.com"] } },
    [
      'bucketMembers: names one account among people ("serviceAccount:a@loist-music-library.iam.gserviceaccount.com"); expected groups in people. Name a group, whose members can change without an update.',
    ],
  ],
  [
    "prod",
    { bucketMembers: { upload: ["group:team@music.example"] } },
    [
      'bucketMembers: lets people be a part of the application ("group:team@music.example"); expected serviceAccount: members but in people. Name the account that it runs as.',
    ],
  ],
  [
    "prod",
    { bucketMembers: { streaming: ["serviceAccount:a@other.iam.gserviceaccount.com"] } },
    [
      'bucketMembers: could not be allowed to sign as itself ("serviceAccount:a@other.iam.gserviceaccount.com"); expected an account of the project loist-music-library in streaming. Make the account here.',
    ],
  ],
  [
    "local",
    { githubRepository: "loist/music" },
    ['githubRepository: cannot reach one machine ("loist/music"); expected "" in local. Remove it.'],
  ],
  [
    "prod",
    { serviceAccountKeyDates: ["2026-02-30"] },
    ['serviceAccountKeyDates: is no day of the calendar ("2026-02-30"); expected days as 2026-01-31. Correct it.'],
  ],
  [
    "prod",
    { serviceAccountKeyDates: ["2026-01-01", "2026-02-01", "2026-03-01"] },
    [
      "serviceAccountKeyDates: keeps old keys alive (3); expected two at the most, while one takes over from the other. Remove the oldest.",
    ],
  ],
  [
    "prod",
    { serviceAccountKeyDates: ["2026-03-01", "2026-01-01"] },
    [
      'serviceAccountKeyDates: is not later than the one before ("2026-01-01"); expected the oldest first. Put them in order.',
    ],
  ],
  [
    "prod",
    { serviceAccountKeyDates: ["2026-01-01", "2026-09-01"] },
    [
      'serviceAccountKeyDates: comes more than 120 days after the key before ("2026-09-01"); expected a key every 90 days. Remove the older one.',
    ],
  ],
];
