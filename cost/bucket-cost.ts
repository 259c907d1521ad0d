import type { StorageClass } from "../components/lifecycle-rule.ts";
import { type LifecycleArgs, lifecycleRules } from "../components/lifecycle-rules.ts";
import type { ContentConfig } from "./content-cost.ts";
import { type CostLine, costLine } from "./cost-line.ts";
import { objectTimeline } from "./object-timeline.ts";
import { egressSteps, storagePrices } from "./prices.ts";
import { bucketShare, libraryGb, readsThousand, streamedGb, tracksPerMonth, type Usage } from "./usage.ts";

export type BucketConfig = Omit<LifecycleArgs, "tempPrefix" | "audioPrefix"> & ContentConfig;

export interface BucketPrefixes {
  readonly audio: string;
  readonly temp: string;
}

/**
 * Storage, operations and reads by class, and bytes to the internet where no content network sends them. How much is in which class follows from the declared rules:
 * of tracks that came evenly over `libraryDays`, each day's share has the class of its age; plays are spread over all alike.
 */
export function bucketCost(config: BucketConfig, prefixes: BucketPrefixes, usage: Usage): CostLine[] {
  const rules = lifecycleRules({ ...config, tempPrefix: prefixes.temp, audioPrefix: prefixes.audio });
  const days = Math.max(1, usage.libraryDays);
  const master = { kind: "master", object: `${prefixes.audio}master` };
  const classes = objectTimeline(rules, master, days - 1).map(({ storageClass }) => storageClass);
  // What a content network sends is paid there, the bytes that it fetches too.
  const egress = config.contentDomain === "" ? egressLines(streamedGb(usage)) : [];
  return [...classLines(classes, usage, bucketShare(config, usage)), ...egress];
}

/** `reached`: the part of plays that reaches the bucket. */
function classLines(classes: readonly StorageClass[], usage: Usage, reached: number): CostLine[] {
  const reads = readsThousand(usage) * reached;
  const arriving = tracksPerMonth(usage) / 1000;
  return [...new Set(classes)].flatMap((storageClass) => {
    const price = storagePrices[storageClass];
    const share = classes.filter((other) => other === storageClass).length / classes.length;
    const held = libraryGb(usage) * share;
    const streamed = streamedGb(usage) * reached * share;
    // A track is written twice, to temp/ and to its place; later it is moved once to each class.
    const writes = storageClass === "STANDARD" ? 2 * arriving : arriving;
    return [
      costLine("bucket", `${storageClass}: storage`, [[held, "GB"], [price.gbMonth]]),
      costLine("bucket", `${storageClass}: ${storageClass === "STANDARD" ? "writes" : "moves"}`, [
        [writes, "thousand"],
        [price.classAThousand],
      ]),
      costLine("bucket", `${storageClass}: reads`, [[reads * share, "thousand"], [price.classBThousand]]),
      ...(price.retrievalGb === 0
        ? []
        : [costLine("bucket", `${storageClass}: retrieval`, [[streamed, "GB"], [price.retrievalGb]])]),
    ];
  });
}

/** Bytes to the internet in the steps of the price list; exported for the tests of the steps. */
export function egressLines(gb: number): CostLine[] {
  return egressSteps.flatMap((step, index) => {
    const from = egressSteps[index - 1]?.upToGb ?? 0;
    const within = Math.min(gb, step.upToGb) - from;
    if (within <= 0 && index > 0) return [];
    return [costLine("bucket", `streaming, from ${from} GB`, [[Math.max(0, within), "GB"], [step.gb]])];
  });
}
