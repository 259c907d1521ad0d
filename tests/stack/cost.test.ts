// What is reckoned is what is declared: the figures of a bill that no configuration key holds, against the recorded graphs.
import { describe, expect, it } from "@jest/globals";
import { stackConfiguration } from "../../commands/stack-configuration.ts";
import { lifecycleRules } from "../../components/lifecycle-rules.ts";
import { secretCount } from "../../cost/monthly-cost.ts";
import { containerSizes, resourceLimits } from "../../components/container-sizes.ts";
import { prefixes } from "../../naming.ts";
import { recordStack } from "../support/stack-recording.ts";

describe.each(["prod", "local"])("stack %s", (stack) => {
  it("pays for the secrets, containers, machine and rules that it declares", async () => {
    const config = stackConfiguration(stack);
    const { find, ofType } = await recordStack(stack);

    expect(secretCount(config)).toBe(ofType("gcp:secretmanager/secret:Secret").length);
    const { containers, scaling } = find("gcp:cloudrunv2/service:Service", "tracks-service").inputs["template"] as {
      containers: { name: string; resources: unknown }[];
      scaling: unknown;
    };
    // Without cpuIdle an instance is billed for as long as it lives.
    expect(containers.map(({ name, resources }) => ({ name, resources }))).toEqual(
      Object.entries(containerSizes).map(([name, size]) => ({
        name,
        resources: { limits: resourceLimits(size), cpuIdle: false, startupCpuBoost: true },
      })),
    );
    expect(scaling).toMatchObject({ minInstanceCount: config.serviceMinInstances });
    expect(find("DatabaseInstance", "instance-server").inputs["settings"]).toMatchObject({
      tier: config.tier,
      diskSize: config.diskSizeGb,
      diskType: config.diskType,
      availabilityType: config.availabilityType,
      // A running instance pays nothing for its address.
      activationPolicy: "ALWAYS",
    });
    // The timelines are those of a bucket with versions, without soft delete, in STANDARD.
    expect(find("Bucket", "media-bucket").inputs).toMatchObject({
      storageClass: "STANDARD",
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 0 },
      lifecycleRules: lifecycleRules({ ...config, tempPrefix: prefixes.temp, audioPrefix: prefixes.audio }),
    });
  }, 60_000);
});
