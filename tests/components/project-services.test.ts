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

  it("needs the network's services only with a private network", () => {
    const without = requiredServices({ privateNetwork: "" });
    const withNetwork = requiredServices({ privateNetwork: "projects/p/global/networks/n" });

    expect(without).toContain("iamcredentials.googleapis.com");
    expect(without).not.toContain("servicenetworking.googleapis.com");
    expect(withNetwork).toEqual([...without, "compute.googleapis.com", "servicenetworking.googleapis.com"]);
  });
});
