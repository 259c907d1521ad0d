import {
  type MusicLibrary,
  type NewTrack,
  ObjectConflictError,
  type ObjectMetadata,
  ObjectNotFoundError,
  objectUri,
  type Track,
  TrackStatusError,
} from "../client/index.ts";
import { formatOfContentType } from "./audio-formats.ts";
import { AudioUnreadableError, type Cover, readAudioTags, tagText } from "./audio-tags.ts";

/** Nothing was uploaded under this id, or it has been removed after its day in `temp/`. */
export class UploadNotFoundError extends Error {
  constructor(id: string, options?: ErrorOptions) {
    super(
      `upload "${id}": does not exist; expected an upload of the last day. Start it again with POST /uploads.`,
      options,
    );
    this.name = "UploadNotFoundError";
  }
}

export type PromotionLibrary = Pick<MusicLibrary, "contract" | "tracks" | "objects">;

/**
 * Makes an uploaded file a track: reads its tags, copies it from `temp/` to `audio/`, its cover art to `thumbnails/`, and
 * writes the row. Upload, track and objects share one id, so a repeat after a failure at any step, or at the same time,
 * ends in the same track. `fileName` stands in for a missing title.
 */
export async function promoteUpload(library: PromotionLibrary, id: string, fileName?: string): Promise<Track> {
  try {
    return await promote(library, id, fileName);
  } catch (error) {
    // Another call for the same upload may have been quicker and removed what this one was reading.
    const overtaken =
      error instanceof UploadNotFoundError || error instanceof ObjectNotFoundError || error instanceof TrackStatusError;
    const track = overtaken ? await library.tracks.find(id) : undefined;
    if (track?.status === "COMPLETED") return track;
    throw error;
  }
}

async function promote(library: PromotionLibrary, id: string, fileName: string | undefined): Promise<Track> {
  const { tracks, objects } = library;
  const [known, uploaded] = await Promise.all([tracks.find(id), findUpload(library, id)]);
  if (known?.status === "COMPLETED") {
    if (uploaded !== undefined) await objects.removeGeneration(uploaded);
    return known;
  }
  if (uploaded === undefined) throw new UploadNotFoundError(id);
  const { track, cover } = await describe(library, id, uploaded, fileName);
  const created = await tracks.create(track);
  if (created.status === "FAILED") await tracks.setStatus(id, "PENDING");
  await tracks.setStatus(id, "PROCESSING");
  try {
    await objects.copy(uploaded, audioName(library, id, uploaded));
    if (cover !== undefined) await saveCover(library, thumbnailName(library, id, cover), cover);
  } catch (error) {
    // The first error is the one to tell. Where even this fails, the track stays PROCESSING and a repeat goes on from there.
    await tracks.setStatus(id, "FAILED").catch(() => undefined);
    throw error;
  }
  const completed = await tracks.setStatus(id, "COMPLETED");
  await objects.removeGeneration(uploaded);
  return completed;
}

/** The upload's object; its extension is not part of the id. */
async function findUpload(library: PromotionLibrary, id: string): Promise<ObjectMetadata | undefined> {
  const [uploaded] = await library.objects.list(`${library.contract.bucket.prefixes.temp}${id}.`, 1);
  return uploaded;
}

async function describe(
  library: PromotionLibrary,
  id: string,
  uploaded: ObjectMetadata,
  fileName: string | undefined,
): Promise<{ track: NewTrack; cover: Cover | undefined }> {
  const known = formatOfContentType(uploaded.contentType);
  if (known === undefined) throw new AudioUnreadableError(uploaded.name, `has the type ${uploaded.contentType}`);
  const content = library.objects.read(uploaded.name, uploaded.generation);
  const { cover, ...tags } = await readAudioTags(uploaded.name, content, uploaded);
  const { bucketName } = library.objects;
  const track: NewTrack = {
    ...tags,
    id,
    title: tags.title ?? tagText(fileName?.replace(/\.[^.]*$/, "")) ?? id,
    format: known.format,
    audioPath: objectUri(bucketName, audioName(library, id, uploaded)),
    thumbnailPath: cover === undefined ? null : objectUri(bucketName, thumbnailName(library, id, cover)),
  };
  return { track, cover };
}

async function saveCover(library: PromotionLibrary, name: string, cover: Cover): Promise<void> {
  try {
    await library.objects.upload(name, cover.bytes, { contentType: cover.contentType });
  } catch (error) {
    // The name belongs to this upload alone: what is there is this picture, from an earlier try.
    if (!(error instanceof ObjectConflictError)) throw error;
  }
}

function audioName(library: PromotionLibrary, id: string, uploaded: ObjectMetadata): string {
  return `${library.contract.bucket.prefixes.audio}${id}${uploaded.name.slice(uploaded.name.lastIndexOf("."))}`;
}

function thumbnailName(library: PromotionLibrary, id: string, cover: Cover): string {
  return `${library.contract.bucket.prefixes.thumbnails}${id}.${cover.extension}`;
}
