import { describe, expect, it } from "@jest/globals";
import { ProjectServices, requiredServices } from "../../components/project-services.ts";
import { recordProgram } from "../support/pulumi-mocks.ts";

describe("ProjectServices", () => {
  it("enables each service once and never disables it", async () => {
    const services = ["sqladmin.googleapis.com", "run.googleapis.com"];
    const recording = await recordProgram(() => new ProjectServices("services", { services }).enabled.length);

    expect(recording.ofType("gcp:projects/service:Service").map(({ name, inputs }) => ({ name, ...inputs }))).toEqual([
      { name: "services-sqladmin", service: "sqladmin.googleapis.com", disableOnDestroy: false },
      { name: "services-run", service: "run.googleapis.com", disableOnDestroy: false },
    ]);
  });

  it("needs the network's services only with a private network or a content network, that of keys only with one, and that of budgets only with a billing account", () => {
    const none = { privateNetwork: "", encryptionKey: "", billingAccount: "" };
    const without = requiredServices(none);
    const withNetwork = requiredServices({ ...none, privateNetwork: "projects/p/global/networks/n" });
    const withKey = requiredServices({ ...none, encryptionKey: "own" });
    const withContent = requiredServices({ ...none, contentDomain: "audio.loist.io" });
    const withBudget = requiredServices({ ...none, billingAccount: "012345-6789AB-CDEF01" });

    expect(without).toContain("iamcredentials.googleapis.com");
    expect(without).not.toContain("servicenetworking.googleapis.com");
    expect(withNetwork).toEqual([...without, "compute.googleapis.com", "servicenetworking.googleapis.com"]);
    expect(withKey).toEqual([...without, "cloudkms.googleapis.com"]);
    expect(withContent).toEqual([...without, "compute.googleapis.com"]);
    expect(withBudget).toEqual([...without, "billingbudgets.googleapis.com"]);
  });
});
