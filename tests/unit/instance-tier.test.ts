import { describe, expect, it } from "@jest/globals";
import { instanceTier, InstanceTierError } from "../../components/instance-tier.ts";

describe("instanceTier", () => {
  it.each([
    ["db-custom-1-3840", "ENTERPRISE", 1, 3840],
    ["db-custom-1-6656", "ENTERPRISE", 1, 6656],
    ["db-custom-2-3840", "ENTERPRISE", 2, 3840],
    ["db-custom-4-26624", "ENTERPRISE", 4, 26_624],
    ["db-custom-8-7424", "ENTERPRISE", 8, 7424],
    ["db-custom-96-638976", "ENTERPRISE", 96, 638_976],
    ["db-f1-micro", "ENTERPRISE", 0, 614],
    ["db-g1-small", "ENTERPRISE", 0, 1740],
    ["db-perf-optimized-N-2", "ENTERPRISE_PLUS", 2, 16_384],
    ["db-perf-optimized-N-80", "ENTERPRISE_PLUS", 80, 655_360],
    ["db-perf-optimized-N-128", "ENTERPRISE_PLUS", 128, 884_736],
  ])("reads %s", (name, edition, vCpus, memoryMb) => {
    expect(instanceTier(name)).toEqual({ name, edition, vCpus, memoryMb });
  });

  it.each([
    ["db-custom-3-11520", "has a number of vCPUs that Cloud SQL refuses (3)"],
    ["db-custom-98-368640", "has a number of vCPUs that Cloud SQL refuses (98)"],
    ["db-custom-1-3841", "has memory between two steps (3841 MB); expected a multiple of 256 MB. Take 4096 MB."],
    ["db-custom-1-3584", "has too little memory for its vCPUs (3584 MB); expected 3840 to 6656 MB"],
    ["db-custom-1-6912", "has too much memory for its vCPUs (6912 MB); expected 3840 to 6656 MB"],
    ["db-custom-8-7168", "has too little memory for its vCPUs (7168 MB); expected 7373 to 53248 MB"],
    ["db-n1-standard-1", "is no machine type of Cloud SQL for PostgreSQL (db-n1-standard-1)"],
    ["db-custom-1", "is no machine type of Cloud SQL for PostgreSQL (db-custom-1)"],
    [
      "db-perf-optimized-N-6",
      "has a number of vCPUs that does not exist (6); expected one of 2, 4, 8, 16, 32, 48, 64, 80, 128.",
    ],
  ])("refuses %s", (name, problem) => {
    expect(() => instanceTier(name)).toThrow(InstanceTierError);
    expect(() => instanceTier(name)).toThrow(`tier "${name}": ${problem}`);
  });

  it("names every broken rule of a custom tier", () => {
    const read = () => instanceTier("db-custom-5-1000");
    expect(read).toThrow(/vCPUs that Cloud SQL refuses.*\n.*between two steps.*\n.*too little memory/);
  });
});
