// A made-up library with the skew of a real one: Zipf's law for words and artists, albums of about twelve tracks, most
// tracks heard by nobody.
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { vocabulary } from "./vocabulary.ts";
import { type Draw, type WeightedChoice, zipf } from "./weighted-choice.ts";

export interface GeneratedLibraryArgs {
  tracks: number;
  /** The same seed and number of tracks give the same library. */
  seed: number;
}

/** A row for library.audio_tracks; the keys are its columns. */
export interface GeneratedTrack {
  id: string;
  title: string;
  artist: string;
  album: string;
  genre: string;
  year: number;
  duration: number;
  channels: number;
  sample_rate: number;
  bitrate: number;
  format: string;
  audio_path: string;
  status: string;
  popularity: number;
  created_at: string;
}

/** Words of the language that titles are drawn from; real collections of some million titles have about as many. */
const VOCABULARY = 200_000;
const TRACKS_PER_ARTIST = 30;
const TRACKS_PER_ALBUM = 12;
const LAST_CREATED = Date.UTC(2026, 0, 1);
const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

const genres =
  "Rock Pop Electronic Jazz Classical Folk Metal Soul Blues Country Reggae Punk House Techno Ambient".split(" ");
const lengths = [0.15, 0.45, 0.73, 0.9, 1];
const editions = ["(Live)", "(Remastered)", "(Remix)", "(Acoustic)", "- Demo", "(Radio Edit)"];

export class GeneratedLibrary {
  /** The most frequent first. */
  readonly words: readonly string[];
  /** Those with the most tracks first. */
  readonly artists: readonly string[];
  readonly #args: GeneratedLibraryArgs;
  readonly #draw: Draw;
  readonly #wordChoice: WeightedChoice;
  readonly #artistChoice: WeightedChoice;
  readonly #genreChoice: WeightedChoice;

  constructor(args: GeneratedLibraryArgs) {
    const generator = xoroshiro128plus(args.seed);
    this.#args = args;
    this.#draw = () => uniformFloat64(generator);
    this.words = vocabulary(VOCABULARY, this.#draw);
    this.#wordChoice = zipf(VOCABULARY, 1);
    const artists = Math.max(1, Math.ceil(args.tracks / TRACKS_PER_ARTIST));
    this.artists = Array.from({ length: artists }, () => this.#artistName());
    this.#artistChoice = zipf(artists, 0.6);
    this.#genreChoice = zipf(genres.length, 0.8);
  }

  /** The tracks one by one, in no order of theirs; can be run through once. */
  *tracks(): Generator<GeneratedTrack> {
    const { tracks } = this.#args;
    for (let n = 0; n < tracks; n += 1) yield this.#track();
  }

  #track(): GeneratedTrack {
    const draw = this.#draw;
    const id = uuid(draw);
    const artistNumber = this.#artistChoice.pick(draw);
    const artist = this.artists[artistNumber] ?? "";
    const created = LAST_CREATED - Math.floor(draw() * TEN_YEARS_MS);
    return {
      id,
      title: this.#title(),
      artist,
      album: this.#album(artist, artistNumber),
      genre: genres[this.#genreChoice.pick(draw)] ?? "",
      year: 2025 - Math.floor(65 * draw() ** 2),
      duration: Math.round(60_000 + 300_000 * draw()) / 1000,
      ...{ channels: 2, sample_rate: 44_100, bitrate: 320_000, format: "MP3" },
      audio_path: `gs://library/audio/${id}.mp3`,
      status: draw() < 0.97 ? "COMPLETED" : "PENDING",
      // Two thirds 0, one in twenty above 50.
      popularity: Math.floor(101 * draw() ** 12),
      created_at: new Date(created).toISOString(),
    };
  }

  #title(): string {
    const draw = this.#draw;
    const chance = draw();
    const count = 1 + lengths.findIndex((limit) => chance < limit);
    const words = Array.from({ length: count }, () => this.#word(this.#wordChoice.pick(draw)));
    if (draw() < 0.05) words.push(editions[Math.floor(draw() * editions.length)] ?? "");
    return words.join(" ");
  }

  /** Names are of rarer words than titles, and one in six begins with The. */
  #artistName(): string {
    const draw = this.#draw;
    const word = (): string => this.#word(Math.floor(VOCABULARY * draw() ** 2));
    const kind = draw();
    if (kind < 0.16) return `The ${word()}`;
    if (kind < 0.3) return word();
    if (kind < 0.38) return `${word()} & ${word()}`;
    return `${word()} ${word()}`;
  }

  /** The albums of an artist need no list: a number of theirs makes their words. */
  #album(artist: string, artistNumber: number): string {
    const expected = (this.#args.tracks * 0.4 * (artistNumber + 1) ** -0.6) / this.artists.length ** 0.4;
    const number = Math.floor(this.#draw() * Math.max(1, expected / TRACKS_PER_ALBUM));
    if (number === 1) return artist;
    const own = xoroshiro128plus((artistNumber * 1021 + number) ^ this.#args.seed);
    const draw = (): number => uniformFloat64(own);
    if (draw() < 0.03) return "Greatest Hits";
    const words = Array.from({ length: 1 + Math.floor(3 * draw()) }, () => this.#word(this.#wordChoice.pick(draw)));
    return words.join(" ");
  }

  #word(rank: number): string {
    const word = this.words[rank] ?? "";
    return word.charAt(0).toUpperCase() + word.slice(1);
  }
}

/** A version 4 UUID of drawn bits. */
function uuid(draw: Draw): string {
  const hex = (digits: number): string =>
    Math.floor(draw() * 16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${(8 + Math.floor(draw() * 4)).toString(16)}${hex(3)}-${hex(12)}`;
}
