// What must not be lost, and what must not be seen.
import { type Graph, type GraphResource, HIDDEN, isOneOf, shown, texts, UNKNOWN, valueAt } from "./graph.ts";
import { problem, type ResourceRule, type StackRule } from "./rule.ts";

const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";
const BUCKET = "gcp:storage/bucket:Bucket";
const SECRET = "gcp:secretmanager/secret:Secret";
/** Without it whatever is encrypted with it is lost, backups too. */
const CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey";

/** Locks of the provider and of Google that production has besides Pulumi's. */
const locks: Readonly<Record<string, readonly [path: string, value: boolean][]>> = {
  [INSTANCE]: [
    ["deletionProtection", true],
    ["settings.deletionProtectionEnabled", true],
  ],
  [BUCKET]: [["forceDestroy", false]],
  "gcp:cloudrunv2/service:Service": [["deletionProtection", true]],
};

export const protectedInProd: ResourceRule = {
  scope: "resource",
  name: "protected-in-prod",
  description: "In production everything that holds or guards data is protected, and every further lock is on.",
  check: (resource, stack) => {
    if (stack !== "prod") return [];
    const open = (locks[resource.type] ?? []).filter(([path, value]) => !isOneOf(resource, path, [value]));
    return [
      ...(holdsOrGuardsData(resource) && resource.protect !== true
        ? [
            problem(resource, {
              wrong: "holds or guards data and could be deleted",
              seen: "protect false",
              expected: "protect true",
              next: "Set protectResources",
            }),
          ]
        : []),
      ...open.map(([path, value]) =>
        problem(resource, {
          wrong: `has a lock open at ${path}`,
          seen: shown(valueAt(resource.inputs, path)),
          expected: shown(value),
          next: "Close it",
        }),
      ),
    ];
  },
};

/** What lives inside the server and goes with it. */
export function isInServer({ type }: Pick<GraphResource, "type">): boolean {
  if (type.startsWith("postgresql:") || type.startsWith("pulumi-nodejs:dynamic/")) return true;
  return type.startsWith("gcp:sql/") && type !== INSTANCE;
}

/**
 * What holds data, or guards the way to it. The pooler's secrets are made anew from the others, and a lost key of the content
 * network from nothing.
 */
export function holdsOrGuardsData(resource: Pick<GraphResource, "type" | "name">): boolean {
  if (isInServer(resource)) return true;
  if (resource.type === SECRET) return !/^(pooler|content)-/.test(resource.name);
  return [INSTANCE, BUCKET, CRYPTO_KEY].includes(resource.type);
}

/** The places that are made for secrets. */
const secretPlaces: Readonly<Record<string, readonly string[]>> = {
  "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey": ["keyValue"],
  "gcp:secretmanager/secretVersion:SecretVersion": ["secretData"],
  "gcp:serviceaccount/key:Key": ["privateKey"],
  "gcp:sql/sslCert:SslCert": ["privateKey"],
  "gcp:sql/user:User": ["password"],
  "postgresql:index/role:Role": ["password"],
  "pulumi:providers:postgresql": ["password", "clientcert", "sslrootcert"],
  "random:index/randomPassword:RandomPassword": ["result", "bcryptHash"],
};

/** Shorter texts are no secrets but would be found everywhere. */
const SHORTEST_SECRET = 8;

export const secretsInTheirPlaces: StackRule = {
  scope: "stack",
  name: "secrets-in-their-places",
  description: "No secret stands in an output, nor in an input that is not made for secrets.",
  check: ({ resources, outputs }) => {
    const secrets = knownSecrets(resources);
    const stray = resources.flatMap((resource) =>
      texts(resource.inputs)
        .filter(({ path, text }) => !isSecretPlace(resource, path) && holds(text, secrets))
        .map(({ path }) =>
          problem(resource, {
            wrong: `holds a secret in clear at ${path}`,
            seen: HIDDEN,
            expected: "the name of a secret",
            next: "Let it read the secret where it runs",
          }),
        ),
    );
    const told = texts(outputs).filter(({ text }) => text === HIDDEN || isPrivateKey(text) || holds(text, secrets));
    return [
      ...stray,
      ...told.map(
        ({ path }) =>
          `output "${path}": holds a secret (${HIDDEN}); expected the name of a secret. Take it out of the outputs.`,
      ),
    ];
  },
};

function knownSecrets(resources: Graph["resources"]): string[] {
  const all = resources.flatMap((resource) =>
    (secretPlaces[resource.type] ?? []).flatMap((path) =>
      texts(valueAt(resource.inputs, path)).map(({ text }) => text),
    ),
  );
  return [...new Set(all)].filter((text) => text.length >= SHORTEST_SECRET && text !== HIDDEN && text !== UNKNOWN);
}

function isSecretPlace({ type }: GraphResource, path: string): boolean {
  return (secretPlaces[type] ?? []).some((place) => path === place || path.startsWith(`${place}.`));
}

function holds(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret));
}

function isPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
}
