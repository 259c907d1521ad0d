import { ContentUrls } from "./content-urls.ts";
import type { Contract } from "./contract.ts";
import { Database } from "./database.ts";
import { iamSigner } from "./iam-signer.ts";
import { ObjectStore, type ObjectStoreOptions } from "./objects.ts";
import { TrackSearch } from "./search.ts";
import { SignedUrls } from "./signed-urls.ts";
import type { Signer } from "./signer.ts";
import { Tracks } from "./tracks.ts";

/** What the contract cannot say: the secret, and who asks. */
export interface MusicLibraryOptions {
  contract: Contract;
  /** The pooler's password, from the secret `contract.database.pooler.passwordSecret`. */
  poolerPassword: string;
  /** The content network's key, from the secret `contract.contentNetwork.keySecret`; without it nothing is delivered from there. */
  contentKey?: string;
  /** Shown in pg_stat_activity and in the pooler's SHOW CLIENTS. */
  applicationName: string;
  /** Connections to the pooler that this process holds at most. 20 unless given. */
  maxConnections?: number;
  /** Called for connections that break while idle; the pool has replaced them already. */
  onIdleError?: (error: Error) => void;
  /** Signs URLs; IAM signBlob as the contract's service account unless given. */
  signer?: Signer;
  /** Where access tokens come from; application default credentials unless given. */
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
  /** Undefined without a content network in the contract, or without its key. */
  readonly contentUrls: ContentUrls | undefined;
  /** Closes the pool; nothing else holds connections. */
  close(): Promise<void>;
}

/** Opens no connection by itself: the first query does. Throws ContentKeyError, UrlAddressError. */
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
    contentUrls: contentUrls(options),
    close: () => database.close(),
  };
}

function contentUrls({ contract, contentKey }: MusicLibraryOptions): ContentUrls | undefined {
  const { contentNetwork: network, bucket } = contract;
  if (network === undefined || contentKey === undefined) return undefined;
  return new ContentUrls({ network, key: contentKey, prefixes: bucket.prefixes });
}
