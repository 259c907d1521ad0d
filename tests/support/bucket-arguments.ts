// The bucket's arguments, which tests change one at a time.
import type { MediaBucketArgs } from "../../components/media-bucket.ts";
import { prefixes } from "../../naming.ts";
import { labels, names } from "./database-components.ts";
import { member } from "./service-components.ts";

export function bucketArgs(overrides: Partial<MediaBucketArgs> = {}): MediaBucketArgs {
  return {
    names,
    prefixes,
    bucketLocation: "us-central1",
    corsOrigins: ["https://music.example.org"],
    corsMethods: ["GET", "HEAD", "PUT"],
    corsHeaders: ["Content-Type", "Range"],
    extraLifecycleRules: [{ action: "Delete", matchesPrefixes: ["audio/drafts/"], age: 90 }],
    corsMaxAgeSeconds: 600,
    tempRetentionDays: 1,
    noncurrentRetentionDays: 30,
    nearlineAfterDays: 30,
    coldlineAfterDays: 0,
    archiveAfterDays: 0,
    autoclassEnabled: false,
    uploadNotifications: false,
    bucketAccessLogs: false,
    instance: { encryption: undefined },
    bucketForceDestroy: false,
    objectUser: member,
    labels,
    ...overrides,
  };
}
