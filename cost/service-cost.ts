import { type ContainerSize, containerSizes } from "../components/container-sizes.ts";
import { type CostLine, costLine } from "./cost-line.ts";
import { hoursPerMonth, runPrices, secretPrices } from "./prices.ts";
import type { Usage } from "./usage.ts";

export interface ServiceConfig {
  /** Instances that are kept warm. */
  readonly serviceMinInstances: number;
}

/** The service's instances, both containers of each, and the secrets that they and people read. */
export function serviceCost(config: ServiceConfig, secrets: number, usage: Usage): CostLine[] {
  // Warm instances serve first; the rest comes and goes with the traffic.
  const hours = Math.max(config.serviceMinInstances * hoursPerMonth, usage.serviceHours);
  const sizes: readonly ContainerSize[] = Object.values(containerSizes);
  const cpu = sizes.reduce((sum, size) => sum + size.cpu, 0);
  const memoryGib = sizes.reduce((sum, size) => sum + size.memoryMib, 0) / 1024;
  return [
    costLine("service", "Cloud Run: vCPU", [[cpu, "vCPU"], [hours, "h"], [3600, "s"], [runPrices.vCpuSecond]]),
    costLine("service", "Cloud Run: memory", [
      [memoryGib, "GiB"],
      [hours, "h"],
      [3600, "s"],
      [runPrices.memoryGibSecond],
    ]),
    costLine("service", "secrets", [[secrets, "versions"], [secretPrices.activeVersionMonth]]),
  ];
}
