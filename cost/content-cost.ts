import { type CostLine, costLine } from "./cost-line.ts";
import { contentPrices, contentSteps, hoursPerMonth } from "./prices.ts";
import { bucketShare, readsThousand, streamedGb, type Usage } from "./usage.ts";

export interface ContentConfig {
  /** "" where everybody streams from the bucket. */
  readonly contentDomain: string;
}

const BYTES_PER_GIB = 2 ** 30;

/** The content network: its address, what listeners are sent, and what its caches lack. Nothing without a domain. */
export function contentCost(config: ContentConfig, usage: Usage): CostLine[] {
  if (config.contentDomain === "") return [];
  const gib = (streamedGb(usage) * 1e9) / BYTES_PER_GIB;
  const missed = gib * bucketShare(config, usage);
  return [
    costLine("network", "forwarding rule", [[hoursPerMonth, "h"], [contentPrices.forwardingRuleHour]]),
    costLine("network", "cache lookups", [
      [readsThousand(usage) / 10, "ten thousand"],
      [contentPrices.lookupsTenThousand],
    ]),
    ...deliveryLines(gib),
    costLine("network", "cache fill", [[missed, "GiB"], [contentPrices.fillGib]]),
    costLine("network", "load balancer, what no cache has", [[missed, "GiB"], [contentPrices.processedGib]]),
  ];
}

/** Bytes from the caches in the steps of the price list. */
function deliveryLines(gib: number): CostLine[] {
  return contentSteps.flatMap((step, index) => {
    const from = contentSteps[index - 1]?.upToGib ?? 0;
    const within = Math.min(gib, step.upToGib) - from;
    if (within <= 0 && index > 0) return [];
    return [costLine("network", `streaming, from ${from} GiB`, [[Math.max(0, within), "GiB"], [step.gib]])];
  });
}
