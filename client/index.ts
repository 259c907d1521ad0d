export { ConnectionShareError, poolFor, type PoolShare } from "./connection-share.ts";
export { type ContentRequest, ContentUrls, type ContentUrlsOptions } from "./content-urls.ts";
export { type Contract, CONTRACT_VERSION, ContractError, parseContract, type ServerConnection } from "./contract.ts";
export {
  type CredentialCheck,
  databaseUrl,
  type DatabaseUrlOptions,
  isDatabaseConfigured,
  isStorageConfigured,
  validateCredentials,
  type ValidateCredentialsOptions,
} from "./configured.ts";
export { Database, type DatabaseOptions, type DirectAddress, type Queries, type Statement } from "./database.ts";
export { DatabaseRefusedError, DatabaseUnavailableError, DirectConnectionError } from "./database-errors.ts";
export { type MusicLibrary, type MusicLibraryOptions, openMusicLibrary } from "./music-library.ts";
export {
  ObjectAccessError,
  ObjectConflictError,
  ObjectNotFoundError,
  ObjectStoreUnavailableError,
} from "./object-errors.ts";
export { checkedObjectName, ObjectNameError, objectOfUri, objectUri } from "./object-names.ts";
export { type ObjectMetadata, ObjectStore, type ObjectStoreOptions } from "./objects.ts";
export { iamSigner, type IamSignerOptions } from "./iam-signer.ts";
export { keySigner } from "./key-signer.ts";
export { type Orphan, orphans, type TrackObject } from "./reconcile.ts";
export { replicaAddress, ReplicaError, type ReplicaLogin } from "./replica.ts";
export { safeFileName } from "./safe-file-name.ts";
export {
  LibrarySettings,
  MissingSettingsError,
  resolveSettings,
  type SettingName,
  type SettingSource,
  type SettingsOptions,
} from "./settings.ts";
export { SignedUrlError } from "./signed-url-rules.ts";
export {
  type DownloadRequest,
  type FormRequest,
  type SignedUploadForm,
  type SignedUrl,
  SignedUrls,
  type SignedUrlsOptions,
  type UploadRequest,
} from "./signed-urls.ts";
export { type Signer, SigningError } from "./signer.ts";
export { chosenEndpoint, type UrlAddress, UrlAddressError } from "./url-address.ts";
export {
  DEFAULT_EXPIRES_SECONDS,
  minimumRestSeconds,
  URL_LIFETIMES,
  urlLifetimeSeconds,
  type UrlUse,
} from "./url-lifetimes.ts";
export { type ContentKey, contentKey, ContentKeyError, signUrlPrefix } from "./url-prefix-signature.ts";
export {
  type PolicyCondition,
  type SignedForm,
  signV4Policy,
  signV4Url,
  type V4Policy,
  type V4Request,
} from "./v4-signature.ts";
export {
  type FoundTrack,
  MAX_RESULTS,
  SearchCursorError,
  type SearchPage,
  SearchSizeError,
  type Suggestion,
  TrackSearch,
} from "./search.ts";
export { createTrack, removeTrack, setStatus, TrackConflictError, updateTrack } from "./track-changes.ts";
export { type TrackChanges, TrackInvalidError } from "./track-rules.ts";
export {
  type NewTrack,
  type Track,
  TRACK_STATUSES,
  TrackNotFoundError,
  Tracks,
  type TrackStatus,
  TrackStatusError,
} from "./tracks.ts";
