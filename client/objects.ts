import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CRC32C, type File, Storage, type StorageOptions } from "@google-cloud/storage";
import type { Contract } from "./contract.ts";
import { ObjectConflictError, ObjectNotFoundError, objectError } from "./object-errors.ts";
import { checkedObjectName } from "./object-names.ts";

/** One version of an object, as it was when it was asked for. */
export interface ObjectMetadata {
  name: string;
  /** Stored bytes. */
  sizeBytes: number;
  contentType: string;
  /** Changes with every write of the object; hand it back so that a call holds for this content only. */
  generation: string;
  /** Base64 of the content's CRC-32C. */
  crc32c: string;
  updated: Date;
}

/** A bucket and the folders in it that may be touched; both stand in the contract. */
export interface ObjectStoreOptions {
  bucket: string;
  prefixes: Contract["bucket"]["prefixes"];
  /** Address of Cloud Storage; "" is Google's. */
  endpoint: string;
  /** Where access tokens come from; application default credentials unless given. */
  authClient?: StorageOptions["authClient"];
}

/**
 * The objects of the library's bucket. Writers never overwrite each other silently: what is created must be absent, what
 * is replaced or removed must be the generation that the caller has seen. Throws ObjectNameError for names outside the
 * contract's folders, and the errors of object-errors.ts.
 */
export class ObjectStore {
  readonly bucketName: string;
  readonly #storage: Storage;
  readonly #folders: readonly string[];

  constructor(options: ObjectStoreOptions) {
    this.bucketName = options.bucket;
    this.#folders = Object.values(options.prefixes);
    this.#storage = new Storage({
      // With an address of its own the library would send no token unless told.
      ...(options.endpoint === "" ? {} : { apiEndpoint: options.endpoint, useAuthWithCustomEndpoint: true }),
      ...(options.authClient === undefined ? {} : { authClient: options.authClient }),
      // Retries end well within a request's patience; only calls that are safe to repeat are repeated.
      retryOptions: { maxRetries: 3, totalTimeout: 20, maxRetryDelay: 4 },
    });
  }

  /**
   * Creates an object, or replaces `replacing`. Throws ObjectConflictError when another is there; one with this very content
   * and type is this call's own, stored by a try whose answer was lost.
   */
  async upload(
    name: string,
    content: Uint8Array,
    options: { contentType: string; replacing?: string },
  ): Promise<ObjectMetadata> {
    const file = this.#file(name);
    try {
      await this.#call(name, () =>
        file.save(content, {
          contentType: options.contentType,
          resumable: false,
          validation: "crc32c",
          preconditionOpts: { ifGenerationMatch: options.replacing ?? 0 },
        }),
      );
    } catch (error) {
      if (!(error instanceof ObjectConflictError)) throw error;
      const present = await this.find(name);
      const same = present?.crc32c === crc32cOf(content) && present.contentType === options.contentType;
      if (present === undefined || !same) throw error;
      return present;
    }
    // What the call itself was answered: another writer may be quicker than a second one.
    return toMetadata(file.metadata);
  }

  /** As `upload`, from a stream of any length: in parts, each of which is tried again by itself. */
  async uploadStream(
    name: string,
    content: Readable,
    options: { contentType: string; replacing?: string },
  ): Promise<ObjectMetadata> {
    const file = this.#file(name);
    const preconditionOpts = { ifGenerationMatch: options.replacing ?? 0 };
    // In two steps: the library's stream would begin its session without a token at an address of its own.
    const [uri] = await this.#call(name, () =>
      file.createResumableUpload({ metadata: { contentType: options.contentType }, preconditionOpts }),
    );
    await this.#call(name, () => pipeline(content, file.createWriteStream({ uri, validation: "crc32c" })));
    return this.metadata(name);
  }

  /** Whether a live object has the name. Throws ObjectNameError, and the errors of object-errors.ts. */
  async exists(name: string): Promise<boolean> {
    const [exists] = await this.#call(name, () => this.#file(name).exists());
    return exists;
  }

  /** Throws ObjectNotFoundError. */
  async metadata(name: string): Promise<ObjectMetadata> {
    const [metadata] = await this.#call(name, () => this.#file(name).getMetadata());
    return toMetadata(metadata);
  }

  /** As `metadata`; undefined where there is none. */
  async find(name: string): Promise<ObjectMetadata | undefined> {
    try {
      return await this.metadata(name);
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    }
  }

  /** Sets the content type of the very object that was seen. Throws ObjectConflictError when it has changed meanwhile. */
  async setContentType(object: ObjectMetadata, contentType: string): Promise<ObjectMetadata> {
    const { name, generation } = object;
    const [metadata] = await this.#call(name, () =>
      this.#file(name).setMetadata({ contentType }, { ifGenerationMatch: generation }),
    );
    return toMetadata(metadata);
  }

  /** The objects whose names begin with `start`, in order of name; a page of at most `max`. */
  async list(start: string, max: number): Promise<ObjectMetadata[]> {
    checkedObjectName(start, this.#folders);
    const query = { prefix: start, maxResults: max, autoPaginate: false };
    const [files] = await this.#call(start, () => this.#storage.bucket(this.bucketName).getFiles(query));
    return files.map((file) => toMetadata(file.metadata));
  }

  /** All objects whose names begin with `start`, in order of name, fetched by the thousand. `start` may be a folder. */
  async *listAll(start: string): AsyncGenerator<ObjectMetadata> {
    if (!this.#folders.includes(start)) checkedObjectName(start, this.#folders);
    const bucket = this.#storage.bucket(this.bucketName);
    let pageToken: string | undefined;
    do {
      const query = { prefix: start, autoPaginate: false, ...(pageToken === undefined ? {} : { pageToken }) };
      const [files, next] = await this.#call(start, () => bucket.getFiles(query));
      for (const file of files) yield toMetadata(file.metadata);
      pageToken = nextPageToken(next);
    } while (pageToken !== undefined);
  }

  /** The whole content. For large objects use `read`. */
  async download(name: string): Promise<Buffer> {
    const [content] = await this.#call(name, () => this.#file(name).download());
    return content;
  }

  /** The content as a stream, errors included: an absent object fails the stream with the library's own error. */
  read(name: string, generation?: string): Readable {
    const content = this.#file(name, generation).createReadStream({ validation: "crc32c", decompress: false });
    // The library's own chain of pipelines puts 11 listeners on the response, one more than Node takes without a warning.
    return content.on("response", (response: Readable) => response.setMaxListeners(20));
  }

  /** Copies to a name that must be free; content type and metadata go with it. Answers whether it had to be copied. */
  async copy(from: ObjectMetadata, to: string): Promise<"copied" | "alreadyThere"> {
    try {
      await this.#call(to, () =>
        this.#file(from.name, from.generation).copy(this.#file(to), { preconditionOpts: { ifGenerationMatch: 0 } }),
      );
      return "copied";
    } catch (error) {
      if (error instanceof ObjectNotFoundError) throw new ObjectNotFoundError(from.name, { cause: error });
      if (!(error instanceof ObjectConflictError)) throw error;
      // A repeat of the same copy has done its work; another content under this name is a conflict.
      if ((await this.metadata(to)).crc32c !== from.crc32c) throw error;
      return "alreadyThere";
    }
  }

  /** Copies, then removes the source in the generation that was copied. */
  async move(from: ObjectMetadata, to: string): Promise<void> {
    await this.copy(from, to);
    await this.removeGeneration(from);
  }

  /** Makes the object noncurrent: it can be undeleted for as long as the bucket keeps noncurrent versions. */
  async remove(object: ObjectMetadata): Promise<boolean> {
    return this.#delete(object.name, this.#file(object.name), { ifGenerationMatch: object.generation });
  }

  /** Removes one generation for good, with no noncurrent version left behind. False when it was gone already. */
  async removeGeneration(object: ObjectMetadata): Promise<boolean> {
    return this.#delete(object.name, this.#file(object.name, object.generation), {});
  }

  /** Those of `permissions` that the account holds on the bucket. */
  async heldPermissions(permissions: string[]): Promise<string[]> {
    const bucket = this.#storage.bucket(this.bucketName);
    const [held] = await this.#call(this.bucketName, () => bucket.iam.testPermissions(permissions));
    return permissions.filter((permission) => held[permission] === true);
  }

  async #delete(name: string, file: File, options: { ifGenerationMatch?: string }): Promise<boolean> {
    try {
      await this.#call(name, () => file.delete(options));
      return true;
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return false;
      throw error;
    }
  }

  #file(name: string, generation?: string): File {
    checkedObjectName(name, this.#folders);
    return this.#storage.bucket(this.bucketName).file(name, generation === undefined ? {} : { generation });
  }

  async #call<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw objectError(name, error);
    }
  }
}

/** The library hands the next page's query over, or null after the last. */
function nextPageToken(query: unknown): string | undefined {
  if (typeof query !== "object" || query === null || !("pageToken" in query)) return undefined;
  return typeof query.pageToken === "string" ? query.pageToken : undefined;
}

/** Base64 of CRC-32C, big-endian, as Cloud Storage has it. */
function crc32cOf(content: Uint8Array): string {
  const digest = new CRC32C();
  digest.update(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  return digest.toString();
}

function toMetadata(metadata: File["metadata"]): ObjectMetadata {
  return {
    name: metadata.name ?? "",
    sizeBytes: Number(metadata.size ?? 0),
    contentType: metadata.contentType ?? "application/octet-stream",
    generation: String(metadata.generation ?? ""),
    crc32c: metadata.crc32c ?? "",
    updated: new Date(metadata.updated ?? 0),
  };
}
