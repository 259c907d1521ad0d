import { describe, expect, it } from "@jest/globals";
import { networkRangeProblem, rangeHalves } from "../../components/network-range.ts";

describe("the range of a network", () => {
  it.each([
    ["10.64.0.0/20", "10.64.0.0/21", "10.64.8.0", 21],
    ["10.0.0.0/16", "10.0.0.0/17", "10.0.128.0", 17],
    ["192.168.252.0/22", "192.168.252.0/23", "192.168.254.0", 23],
  ])("%s has a half for the service, %s, and one for Google, %s/%d", (range, service, address, prefixLength) => {
    expect(rangeHalves(range)).toEqual({ service, google: { address, prefixLength } });
    expect(networkRangeProblem(range)).toBeUndefined();
  });

  it.each([
    ["10.64.0.256/20", "has a number above 255"],
    ["10.64.1.0/20", "does not begin where a range of its size begins"],
    ["11.0.0.0/16", "is no private range"],
    ["172.32.0.0/16", "is no private range"],
    ["172.17.0.0/16", "meets the range that Cloud SQL's machines use themselves"],
    ["172.17.16.0/20", "meets the range that Cloud SQL's machines use themselves"],
  ])("cannot be %s: it %s", (range, wrong) => {
    expect(networkRangeProblem(range)?.wrong).toBe(wrong);
  });

  it("says where a range of its size would begin", () => {
    expect(networkRangeProblem("10.64.1.0/20")?.expected).toBe("10.64.0.0/20");
  });
});
