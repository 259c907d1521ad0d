// Wrong settings of the content network, each with the whole message.
import type { RefusedCombination } from "./refused-combinations.ts";
import type { RefusedKey } from "./refused-keys.ts";

const domains = '"" or a host name of at most 64 characters as audio.loist.io';
const wrongForm = (value: string): string =>
  `contentDomain: has the wrong form ("${value}"); expected ${domains}. Correct it in Pulumi.prod.yaml.`;
const nobodys = (value: string): string =>
  `contentDomain: can have no certificate, because it is nobody's or Google's ("${value}"); expected a host name of a domain of your own. Set one whose records you can change.`;

export const refusedContentKeys: readonly RefusedKey[] = [
  ...[
    ...["loist", "https://audio.loist.io", "audio.loist.io/", "audio.loist.io:443", "Audio.loist.io", "203.0.113.44"],
    ...["*.loist.io", "-audio.loist.io", "audio..io", "audio.loist.io.", `${"a".repeat(56)}.loist.io`],
  ].map((contentDomain): RefusedKey => [{ contentDomain }, wrongForm(contentDomain)]),
  ...["audio.local", "audio.example.com", "audio.test", "tracks.run.app", "audio.storage.googleapis.com"].map(
    (contentDomain): RefusedKey => [{ contentDomain }, nobodys(contentDomain)],
  ),
  [
    { contentDomain: "audio.loist.io", contentKeyRotations: -1 },
    "contentKeyRotations: is too small (-1); expected a whole number of rotations from 0 to 100000. Correct it in Pulumi.prod.yaml, or remove it there for the default 0.",
  ],
];

export const refusedContentCombinations: readonly RefusedCombination[] = [
  [
    "local",
    { contentDomain: "audio.loist.io" },
    [
      'contentDomain: needs Google, which a stack on one machine does not have ("audio.loist.io"); expected "" in local. Remove it.',
    ],
  ],
  [
    "prod",
    { contentKeyRotations: 1 },
    [
      "contentKeyRotations: speaks of a content network that is not there (1); expected 0 without contentDomain. Give contentDomain, or set it to 0.",
    ],
  ],
];
