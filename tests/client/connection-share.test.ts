import { describe, expect, it } from "@jest/globals";
import { ConnectionShareError, poolFor } from "../../client/index.ts";
import { exampleContract } from "./contract-example.ts";

const contract = exampleContract();

describe("poolFor", () => {
  it("gives a consumer the pooler's settings of its share", () => {
    expect(poolFor(contract, "music-player", 2)).toEqual({ poolSize: 5, reservePoolSize: 1, maxDbConnections: 6 });
  });

  it.each([
    [
      "music-player",
      3,
      /asks for other than its share of instances \(3\); expected 1 to 2\. Lower its instances, or raise/,
    ],
    ["music-player", 0, /\(0\); expected 1 to 2/],
    ["music-player", 1.5, /\(1\.5\); expected 1 to 2/],
    ["stranger", 1, /has no share .* expected one of tracks, music-player\. Name it in connectionShares/],
  ])("refuses %s with %d instances", (consumer, instances, message) => {
    expect(() => poolFor(contract, consumer, instances)).toThrow(ConnectionShareError);
    expect(() => poolFor(contract, consumer, instances)).toThrow(message);
  });
});
