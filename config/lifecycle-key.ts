import { z } from "zod";
import type { ExtraLifecycleRule } from "../components/extra-lifecycle-rules.ts";
import { storageClasses } from "../components/lifecycle-rule.ts";
import type { ConfigKey } from "./key.ts";

const days = z.int().min(1).max(36_500).optional();
const date = z.iso.date().optional();
/** Bytes of one name at the most. cloud.google.com/storage/docs/objects#naming */
const names = z.array(z.string().min(1).max(1024)).min(1).max(50).optional();
/** An object has at most 5 TiB. cloud.google.com/storage/quotas */
const bytes = z
  .int()
  .min(1)
  .max(5 * 1024 ** 4)
  .optional();

export const extraLifecycleRules: ConfigKey<ExtraLifecycleRule[]> = {
  schema: z
    .array(
      z.strictObject({
        action: z.enum(["Delete", "NEARLINE", "COLDLINE", "ARCHIVE"]),
        withState: z.enum(["LIVE", "ARCHIVED", "ANY"]).optional(),
        age: days,
        createdBefore: date,
        customTimeBefore: date,
        daysSinceCustomTime: days,
        daysSinceNoncurrentTime: days,
        noncurrentTimeBefore: date,
        numNewerVersions: z.int().min(1).max(100).optional(),
        matchesPrefixes: names,
        matchesSuffixes: names,
        matchesStorageClasses: z.array(z.enum(storageClasses)).min(1).optional(),
        sizeAboveBytes: bytes,
        sizeBelowBytes: bytes,
      }),
    )
    // A bucket has at most 100 rules; the project's own are seven. cloud.google.com/storage/docs/lifecycle
    .max(90),
  default: [],
  accepted:
    'a list of at most 90 rules as {"action": "Delete", "matchesPrefixes": ["audio/drafts/"], "age": 90}: action Delete, NEARLINE, COLDLINE or ARCHIVE; withState LIVE, ARCHIVED or ANY; age, daysSinceCustomTime, daysSinceNoncurrentTime (days from 1); createdBefore, customTimeBefore, noncurrentTimeBefore (YYYY-MM-DD); numNewerVersions; matchesPrefixes, matchesSuffixes, matchesStorageClasses (lists); sizeAboveBytes, sizeBelowBytes',
  description:
    "Rules beside those for temp/, old versions and old audio. All conditions of a rule must hold; live objects are meant where withState says nothing.",
};
