export { type Contract, CONTRACT_VERSION, ContractError, parseContract } from "./contract.ts";
export { Database, type DatabaseOptions, DatabaseUnavailableError, type Queries, type Statement } from "./database.ts";
export { type MusicLibrary, type MusicLibraryOptions, openMusicLibrary } from "./music-library.ts";
export {
  ObjectAccessError,
  ObjectConflictError,
  ObjectNotFoundError,
  ObjectStoreUnavailableError,
} from "./object-errors.ts";
export { checkedObjectName, ObjectNameError, objectOfUri, objectUri } from "./object-names.ts";
export { type ObjectMetadata, ObjectStore, type ObjectStoreOptions } from "./objects.ts";
export {
  DEFAULT_EXPIRES_SECONDS,
  type DownloadRequest,
  type SignedUrl,
  SignedUrlError,
  SignedUrls,
  type SignedUrlsOptions,
  streamExpiresSeconds,
  type UploadRequest,
} from "./signed-urls.ts";
export { iamSigner, type IamSignerOptions, keySigner, type Signer, SigningError } from "./signers.ts";
export {
  type NewTrack,
  type Track,
  TRACK_STATUSES,
  TrackNotFoundError,
  Tracks,
  type TrackStatus,
  TrackStatusError,
} from "./tracks.ts";
