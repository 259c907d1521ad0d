// Google's value rules for networks, the ranges that are reserved in them, and keys.
import { isIPv4 } from "node:net";
import type { CheckProblem } from "../provider/kind.ts";
import type { Properties } from "../store.ts";
import { textOf } from "./stored-state.ts";
import { type AddProblem, between, oneOf } from "./value-rules.ts";

type Rules = (inputs: Properties, add: AddProblem) => void;

/** What Google's API would refuse, by type. */
export const networkRules: Readonly<Record<string, (inputs: Properties) => CheckProblem[]>> = {
  "gcp:compute/network:Network": collected(network),
  "gcp:compute/subnetwork:Subnetwork": collected(subnetwork),
  "gcp:compute/globalAddress:GlobalAddress": collected(globalAddress),
  "gcp:servicenetworking/connection:Connection": collected(connection),
  "gcp:kms/keyRing:KeyRing": collected(keyRing),
  "gcp:kms/cryptoKey:CryptoKey": collected(cryptoKey),
};

/** A check out of rules that take down what they find. */
export function collected(rules: Rules): (inputs: Properties) => CheckProblem[] {
  return (inputs) => {
    const problems: CheckProblem[] = [];
    rules(inputs, (property, reason) => void problems.push({ property, reason }));
    return problems;
  };
}

function network(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  oneOf(inputs, "routingMode", "routingMode", ["REGIONAL", "GLOBAL"], add);
}

function subnetwork(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  const range = textOf(inputs, "ipCidrRange");
  if (range !== "" && !isRange(range, { least: 4, most: 29 })) {
    add(
      "ipCidrRange",
      `is no range ("${range}"); expected an IPv4 range of /4 to /29 at its first address. Correct it.`,
    );
  }
}

function globalAddress(inputs: Properties, add: AddProblem): void {
  computeName(inputs, add);
  oneOf(inputs, "addressType", "addressType", ["EXTERNAL", "INTERNAL"], add);
  oneOf(inputs, "purpose", "purpose", ["VPC_PEERING", "PRIVATE_SERVICE_CONNECT"], add);
  if (textOf(inputs, "purpose") !== "VPC_PEERING") return;
  if (textOf(inputs, "addressType") !== "INTERNAL") {
    add("addressType", 'is not inside a network ("EXTERNAL"); expected INTERNAL for VPC_PEERING. Set it.');
  }
  if (inputs["prefixLength"] === undefined)
    add("prefixLength", "is missing; expected 8 to 29 for VPC_PEERING. Set it.");
  between(inputs, "prefixLength", [8, 29], "globalAddress", add);
}

function connection(inputs: Properties, add: AddProblem): void {
  const ranges = inputs["reservedPeeringRanges"];
  if (Array.isArray(ranges) && ranges.length === 0) {
    add(
      "reservedPeeringRanges",
      "names no range (0); expected the name of at least one. Reserve a global address first.",
    );
  }
  oneOf(inputs, "deletionPolicy", "deletionPolicy", ["DELETE", "ABANDON", "PREVENT"], add);
}

function keyRing(inputs: Properties, add: AddProblem): void {
  keyName(inputs, add);
}

function cryptoKey(inputs: Properties, add: AddProblem): void {
  keyName(inputs, add);
  oneOf(inputs, "purpose", "purpose", ["ENCRYPT_DECRYPT", "ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT", "MAC"], add);
  const period = textOf(inputs, "rotationPeriod");
  const [, seconds = ""] = /^(\d+)s$/.exec(period) ?? [];
  if (period !== "" && !(Number(seconds) >= 86_400)) {
    add("rotationPeriod", `is no rotation ("${period}"); expected at least 86400s, which is a day. Correct it.`);
  }
}

/** cloud.google.com/compute/docs/naming-resources */
export function computeName(inputs: Properties, add: AddProblem): void {
  const name = textOf(inputs, "name");
  if (name === "" || /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return;
  add(
    "name",
    `is no name ("${name}"); expected 1 to 63 lower-case letters, digits and hyphens after a letter. Correct it.`,
  );
}

function keyName(inputs: Properties, add: AddProblem): void {
  const name = textOf(inputs, "name");
  if (name === "" || /^[\w-]{1,63}$/.test(name)) return;
  add("name", `is no name ("${name}"); expected 1 to 63 letters, digits, _ and -. Correct it.`);
}

function isRange(text: string, { least, most }: { least: number; most: number }): boolean {
  const [address = "", bits = "", more] = text.split("/");
  const length = Number(bits);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || more !== undefined || length < least || length > most)
    return false;
  const first = address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
  return first % 2 ** (32 - length) === 0;
}
