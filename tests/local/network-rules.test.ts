// Google's value rules of networks, reserved ranges and keys, without a cloud.
import { describe, expect, it } from "@jest/globals";
import { networkRules } from "../../local/resources/network-rules.ts";
import type { Properties } from "../../local/store.ts";

const types = {
  network: "gcp:compute/network:Network",
  subnetwork: "gcp:compute/subnetwork:Subnetwork",
  address: "gcp:compute/globalAddress:GlobalAddress",
  connection: "gcp:servicenetworking/connection:Connection",
  ring: "gcp:kms/keyRing:KeyRing",
  key: "gcp:kms/cryptoKey:CryptoKey",
} as const;

const problems = (type: keyof typeof types, inputs: Properties): string[] =>
  networkRules[types[type]]!(inputs).map(({ property, reason }) => `${property} ${reason}`);

const peering = { name: "r", purpose: "VPC_PEERING", addressType: "INTERNAL", prefixLength: 21 };

describe("the value rules of networks and keys", () => {
  it.each<[keyof typeof types, Properties]>([
    ["network", { name: "main", routingMode: "REGIONAL" }],
    ["subnetwork", { name: "main", ipCidrRange: "10.64.0.0/21" }],
    ["address", peering],
    ["connection", { reservedPeeringRanges: ["r"], deletionPolicy: "ABANDON" }],
    ["ring", { name: "Keys_1" }],
    ["key", { name: "database", purpose: "ENCRYPT_DECRYPT", rotationPeriod: "7776000s" }],
  ])("take a %s %j", (type, inputs) => {
    expect(problems(type, inputs)).toEqual([]);
  });

  it.each<[keyof typeof types, Properties, RegExp]>([
    ["network", { name: "Main" }, /^name is no name \("Main"\)/],
    ["network", { name: "a", routingMode: "LOCAL" }, /^routingMode is not known/],
    ["subnetwork", { name: "a", ipCidrRange: "10.64.1.0/21" }, /^ipCidrRange is no range/],
    ["subnetwork", { name: "a", ipCidrRange: "10.64.0.0/30" }, /^ipCidrRange is no range/],
    ["address", { ...peering, addressType: "EXTERNAL" }, /^addressType is not inside a network/],
    ["address", { name: "r", purpose: "VPC_PEERING", addressType: "INTERNAL" }, /^prefixLength is missing/],
    ["address", { ...peering, prefixLength: 30 }, /prefixLength is out of range \(30\)/],
    ["address", { ...peering, purpose: "PEERING" }, /^purpose is not known/],
    ["connection", { reservedPeeringRanges: [] }, /^reservedPeeringRanges names no range/],
    ["ring", { name: "my keys" }, /^name is no name \("my keys"\)/],
    ["key", { name: "k", rotationPeriod: "90d" }, /^rotationPeriod is no rotation \("90d"\)/],
    ["key", { name: "k", rotationPeriod: "3600s" }, /^rotationPeriod is no rotation/],
    ["key", { name: "k", purpose: "SIGN" }, /^purpose is not known/],
  ])("refuse a %s %j", (type, inputs, message) => {
    expect(problems(type, inputs)).toEqual([expect.stringMatching(message)]);
  });
});
