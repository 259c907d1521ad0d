// How a resource can be reached, and where it stands.
import { type GraphResource, isOneOf, shown, texts, UNKNOWN, valueAt } from "./graph.ts";
import { problem, type ResourceRule } from "./rule.ts";

/** Regions in which data may stand. The contract of the music library is with one. */
export const allowedRegions: readonly string[] = ["us-central1"];

const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";

/** The whole address space, of version 4 and 6. */
const everywhere = ["0.0.0.0/0", "::/0"];

export const noPublicAddressRange: ResourceRule = {
  scope: "resource",
  name: "no-public-address-range",
  description: "No address range is let in: neither to a database, nor everywhere to anything.",
  check: (resource) => {
    const networks = valueAt(resource.inputs, "settings.ipConfiguration.authorizedNetworks");
    const authorised = Array.isArray(networks) && networks.length > 0;
    const open = texts(resource.inputs).filter(({ path, text }) => isSource(path) && everywhere.includes(text));
    return [
      ...(authorised
        ? [
            problem(resource, {
              wrong: "lets networks in",
              seen: `${networks.length} authorised`,
              expected: "none, because Google's connectors need none",
              next: "Remove authorizedNetworks",
            }),
          ]
        : []),
      ...open.map(({ path, text }) =>
        problem(resource, {
          wrong: `lets every address in at ${path}`,
          seen: text,
          expected: "the ranges that need it",
          next: "Name them, or remove the range",
        }),
      ),
    ];
  },
};

/** Where a range says who may come; a route or a rule for what goes out may well say everywhere. */
function isSource(path: string): boolean {
  return /^sourceRanges\.|(^|\.)(authorizedNetworks|allowedIpRanges|allowedIpCidrRanges)\./.test(path);
}

export const encryptionInTransit: ResourceRule = {
  scope: "resource",
  name: "encryption-in-transit",
  description: "A database accepts TLS only, and whoever logs in to it uses it.",
  check: (resource) => {
    const wrong = "can be spoken to in clear";
    if (resource.type === INSTANCE) {
      const path = "settings.ipConfiguration.sslMode";
      const accepted = ["TRUSTED_CLIENT_CERTIFICATE_REQUIRED", "ENCRYPTED_ONLY"];
      if (isOneOf(resource, path, accepted)) return [];
      const seen = `sslMode ${shown(valueAt(resource.inputs, path))}`;
      return [problem(resource, { wrong, seen, expected: accepted.join(" or "), next: "Set sslMode" })];
    }
    if (resource.type === "pulumi:providers:postgresql") {
      // Google's connector encrypts by itself.
      if (isOneOf(resource, "scheme", ["gcppostgres"])) return [];
      const accepted = ["require", "verify-ca", "verify-full"];
      if (isOneOf(resource, "sslmode", accepted)) return [];
      const seen = `sslmode ${shown(valueAt(resource.inputs, "sslmode"))}`;
      return [problem(resource, { wrong, seen, expected: accepted.join(" or "), next: "Set sslmode" })];
    }
    return [];
  },
};

export const regionsAllowed: ResourceRule = {
  scope: "resource",
  name: "regions-allowed",
  description: `Everything that has a place stands in ${allowedRegions.join(" or ")}.`,
  check: (resource) =>
    places(resource)
      .filter((place) => !isAllowed(place))
      .map((place) =>
        problem(resource, {
          wrong: "stands in a region that is not allowed",
          seen: place,
          expected: allowedRegions.join(" or "),
          next: "Move it, or add the region to policy/network-rules.ts",
        }),
      ),
};

function places({ type, inputs }: GraphResource): string[] {
  if (!type.startsWith("gcp:")) return [];
  return ["location", "region", "zone"].flatMap((path) => {
    const place = valueAt(inputs, path);
    return typeof place === "string" ? [place] : [];
  });
}

/** A zone is a region with a letter; what is global has no place. */
function isAllowed(place: string): boolean {
  const region = place.toLowerCase().replace(/-[a-z]$/, "");
  return place === UNKNOWN || region === "global" || allowedRegions.includes(region);
}
