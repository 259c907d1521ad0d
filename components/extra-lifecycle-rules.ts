import { type LifecycleRule, type ObjectConditions, storageClasses } from "./lifecycle-rule.ts";

/** A lifecycle rule beside those of the project. */
export interface ExtraLifecycleRule extends ObjectConditions {
  /** Deletes, or moves to the class. */
  action: "Delete" | "NEARLINE" | "COLDLINE" | "ARCHIVE";
  /** Live objects unless it says otherwise. */
  withState?: "LIVE" | "ARCHIVED" | "ANY" | undefined;
}

/** In the provider's form. */
export function declaredRule({ action, withState = "LIVE", ...conditions }: ExtraLifecycleRule): LifecycleRule {
  return {
    action: action === "Delete" ? { type: "Delete" } : { type: "SetStorageClass", storageClass: action },
    condition: { ...conditions, withState },
  };
}

interface Finding {
  /** What is wrong, and with which value. */
  wrong: string;
  expected: string;
  next: string;
}

/** What is wrong with the rules, each by itself; one sentence a problem. `kept` are the folders of what must not be lost. */
export function extraRuleProblems(rules: readonly ExtraLifecycleRule[], kept: readonly string[]): string[] {
  return rules.flatMap((rule, index) =>
    [
      ...emptyCondition(rule),
      ...openPrefixes(rule),
      ...lostObjects(rule, kept),
      ...neverHolding(rule),
      ...pointlessMove(rule),
    ].map(({ wrong, expected, next }) => `extraLifecycleRules[${index}]: ${wrong}; expected ${expected}. ${next}.`),
  );
}

function emptyCondition(rule: ExtraLifecycleRule): Finding[] {
  const asks = Object.entries(rule).some(
    ([name, value]) => name !== "action" && name !== "withState" && value !== undefined,
  );
  if (asks) return [];
  const next = "Say by age, date, name, size, versions or class what it is for";
  return [{ wrong: `acts on every object at once (${rule.action})`, expected: "at least one condition", next }];
}

function openPrefixes({ matchesPrefixes = [] }: ExtraLifecycleRule): Finding[] {
  return matchesPrefixes
    .filter((prefix) => !/^[^/].*\/$/.test(prefix))
    .map((prefix) => ({
      wrong: `matches more than a folder (${prefix})`,
      expected: 'prefixes that end in "/", because "temp" alone would match "template.mp3" too',
      next: "Add the slash, and remove one at the front",
    }));
}

/** A deletion of live objects has to be narrower than a folder that holds what the database's rows point to. */
function lostObjects(rule: ExtraLifecycleRule, kept: readonly string[]): Finding[] {
  const { action, withState, matchesPrefixes, matchesSuffixes, customTimeBefore, daysSinceCustomTime } = rule;
  if (action !== "Delete" || withState === "ARCHIVED") return [];
  if ([matchesSuffixes, customTimeBefore, daysSinceCustomTime].some((narrow) => narrow !== undefined)) return [];
  const reached = kept.filter((folder) => (matchesPrefixes ?? [""]).some((prefix) => folder.startsWith(prefix)));
  if (reached.length === 0) return [];
  return [
    {
      wrong: `deletes what the library's rows point to (${reached.join(", ")})`,
      expected: "a folder further down, a suffix, a custom time, or withState ARCHIVED",
      next: "Narrow it: a recording that a rule deletes is played no more",
    },
  ];
}

function neverHolding(rule: ExtraLifecycleRule): Finding[] {
  const { withState = "LIVE", sizeAboveBytes, sizeBelowBytes } = rule;
  const noncurrent = (["daysSinceNoncurrentTime", "noncurrentTimeBefore", "numNewerVersions"] as const).filter(
    (name) => rule[name] !== undefined,
  );
  const states =
    withState !== "LIVE" || noncurrent.length === 0
      ? []
      : [
          {
            wrong: `asks a live object for what only old versions have (${noncurrent.join(", ")})`,
            expected: "withState ARCHIVED",
            next: "Set it, or remove the condition",
          },
        ];
  const never = sizeAboveBytes !== undefined && sizeBelowBytes !== undefined && sizeBelowBytes - sizeAboveBytes < 2;
  const sizes = never
    ? [
        {
          wrong: `matches no size (above ${sizeAboveBytes} and below ${sizeBelowBytes} bytes)`,
          expected: `sizeBelowBytes of at least ${sizeAboveBytes + 2}`,
          next: "Raise it, or remove one of the two",
        },
      ]
    : [];
  return [...states, ...sizes];
}

/** Objects only ever move to a cheaper class. */
function pointlessMove({ action, matchesStorageClasses }: ExtraLifecycleRule): Finding[] {
  if (action === "Delete" || matchesStorageClasses === undefined) return [];
  const dearer = storageClasses.slice(0, storageClasses.indexOf(action));
  const others = matchesStorageClasses.filter((name) => !dearer.includes(name));
  if (others.length === 0) return [];
  return [
    {
      wrong: `moves ${others.join(", ")} to ${action}, which Google does not do`,
      expected: `only ${dearer.join(", ")} in matchesStorageClasses`,
      next: "Remove the others",
    },
  ];
}
