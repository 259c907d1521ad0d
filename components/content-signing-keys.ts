import { createHash } from "node:crypto";
import { BackendBucketSignedUrlKey } from "@pulumi/gcp/compute/backendBucketSignedUrlKey.js";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { StoredSecret } from "./stored-secret.ts";

export interface ContentSigningKeysArgs {
  /** Backend that the keys are for. */
  backendBucket: pulumi.Input<string>;
  /** How often the key was renewed; another number is another key, and the one before stays beside it. */
  contentKeyRotations: number;
  names: {
    secrets: {
      /** Id of the secret with the newest key. A change replaces the secret. */
      contentKey: string;
    };
  };
  /** Labels of the secret. */
  labels: Record<string, string>;
}

/**
 * The keys that URLs of the content network are signed with: the newest, which signs, and the one before, so that URLs that are
 * out go on to their end. Google takes three at the most. The newest lies in Secret Manager; a key that leaked is gone after two
 * rotations, each with an update of its own.
 */
export class ContentSigningKeys extends pulumi.ComponentResource {
  /** Name of the newest key, as it stands in a signed URL. */
  readonly keyName: string;
  /** The newest key, base64url. */
  readonly secret: StoredSecret;
  /** All keys; with the first of a project Google makes the account that fetches objects. */
  readonly keys: readonly pulumi.Resource[];

  constructor(name: string, args: ContentSigningKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:delivery:ContentSigningKeys", name, {}, opts);
    const own = { parent: this };
    const newest = args.contentKeyRotations;
    const numbers = newest === 0 ? [0] : [newest - 1, newest];
    const values = new Map(numbers.map((number) => [number, generatedKey(`${name}-${number}-value`, own)] as const));
    this.keyName = keyName(newest);
    this.keys = [...values].map(
      ([number, keyValue]) =>
        new BackendBucketSignedUrlKey(
          `${name}-${number}`,
          { name: keyName(number), backendBucket: args.backendBucket, keyValue },
          own,
        ),
    );
    this.secret = new StoredSecret(
      name,
      { secretId: args.names.secrets.contentKey, value: values.get(newest) ?? "", labels: args.labels },
      own,
    );
    this.registerOutputs({ keyName: this.keyName });
  }
}

function keyName(number: number): string {
  return `key-${number}`;
}

/** Google wants 128 bits. A generated password has more and is secret wherever it stands, which random bytes are not by their id. */
function generatedKey(name: string, own: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { result } = new random.RandomPassword(name, { length: 32, special: false }, own);
  return pulumi.secret(result.apply(signingKey));
}

/** 16 bytes in base64url with its padding, as gcloud writes them. */
export function signingKey(password: string): string {
  return `${createHash("sha256").update(password).digest().subarray(0, 16).toString("base64url")}==`;
}
