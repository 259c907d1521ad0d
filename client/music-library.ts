import type { Contract } from "./contract.ts";
import { Database } from "./database.ts";
import { iamSigner } from "./iam-signer.ts";
import { ObjectStore, type ObjectStoreOptions } from "./objects.ts";
import { TrackSearch } from "./search.ts";
import { SignedUrls } from "./signed-urls.ts";
import type { Signer } from "./signer.ts";
import { Tracks } from "./tracks.ts";

export interface MusicLibraryOptions {
  contract: Contract;
  /** The pooler's password, from the secret `contract.database.pooler.passwordSecret`. */
  poolerPassword: string;
  applicationName: string;
  maxConnections?: number;
  onIdleError?: (error: Error) => void;
  /** Signs URLs; IAM signBlob as the contract's service account unless given. */
  signer?: Signer;
  authClient?: ObjectStoreOptions["authClient"];
}

/** Everything an application needs of the library, opened from the contract alone. */
export interface MusicLibrary {
  readonly contract: Contract;
  readonly database: Database;
  readonly tracks: Tracks;
  readonly search: TrackSearch;
  readonly objects: ObjectStore;
  readonly signer: Signer;
  readonly signedUrls: SignedUrls;
  /** Closes the pool; nothing else holds connections. */
  close(): Promise<void>;
}

/** Opens no connection by itself: the first query does. */
export function openMusicLibrary(options: MusicLibraryOptions): MusicLibrary {
  const { contract, authClient, maxConnections, onIdleError } = options;
  const bucket = {
    bucket: contract.bucket.name,
    prefixes: contract.bucket.prefixes,
    endpoint: contract.endpoints.storage,
  };
  const signer =
    options.signer ??
    iamSigner({ clientEmail: contract.serviceAccount.email, endpoint: contract.endpoints.iamCredentials });
  const database = new Database({
    contract,
    password: options.poolerPassword,
    applicationName: options.applicationName,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(onIdleError === undefined ? {} : { onIdleError }),
  });
  return {
    contract,
    database,
    tracks: new Tracks(database),
    search: new TrackSearch(database),
    objects: new ObjectStore({ ...bucket, ...(authClient === undefined ? {} : { authClient }) }),
    signer,
    signedUrls: new SignedUrls({ ...bucket, signer }),
    close: () => database.close(),
  };
}
