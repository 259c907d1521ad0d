/** IPv4 ranges that a private network may have. rfc-editor.org/rfc/rfc1918 */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Cloud SQL's machines use it themselves. cloud.google.com/sql/docs/postgres/private-ip */
const TAKEN_RANGE = "172.17.0.0/16";

interface Range {
  /** First address as a number. */
  first: number;
  /** Addresses in it. */
  size: number;
  bits: number;
}

/** The two halves of a range as `10.64.0.0/20`: for the service, and for Google's side of the network. */
export function rangeHalves(text: string): { service: string; google: { address: string; prefixLength: number } } {
  const { first, size, bits } = parsed(text);
  const prefixLength = bits + 1;
  return {
    service: `${dotted(first)}/${prefixLength}`,
    google: { address: dotted(first + size / 2), prefixLength },
  };
}

/** What is wrong with a range of the form `a.b.c.d/n`, in words; undefined for nothing. */
export function networkRangeProblem(text: string): { wrong: string; expected: string } | undefined {
  const [address = ""] = text.split("/");
  if (address.split(".").some((byte) => Number(byte) > 255)) {
    return { wrong: "has a number above 255", expected: "four numbers from 0 to 255" };
  }
  const range = parsed(text);
  if (range.first % range.size !== 0) {
    const start = dotted(range.first - (range.first % range.size));
    return { wrong: "does not begin where a range of its size begins", expected: `${start}/${range.bits}` };
  }
  if (!privateRanges.some((whole) => overlap(parsed(whole), range))) {
    return { wrong: "is no private range", expected: `a part of ${privateRanges.join(", ")}` };
  }
  if (overlap(parsed(TAKEN_RANGE), range)) {
    return { wrong: "meets the range that Cloud SQL's machines use themselves", expected: `none of ${TAKEN_RANGE}` };
  }
  return undefined;
}

function parsed(text: string): Range {
  const [address = "", bits = ""] = text.split("/");
  const first = address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
  return { first, size: 2 ** (32 - Number(bits)), bits: Number(bits) };
}

function overlap(a: Range, b: Range): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
