import type { AudioFormat } from "../../service/audio-formats.ts";

export interface DemoTrack {
  artist: string;
  title: string;
  album: string;
  genre: string;
  year: number;
  format: AudioFormat["format"];
  cover: "jpeg" | "png" | "none";
  seconds: number;
  channels: 1 | 2;
  sampleRate: 22_050 | 44_100 | 48_000;
  /** The artist as somebody in a hurry types it; the search must find the track all the same. */
  misspelt: string;
}

type Performance = Pick<DemoTrack, "artist" | "album" | "genre" | "year" | "misspelt">;

/** Invented, so that nobody's rights are touched; accents, stop words and signs as real names have them. */
const performances: readonly (Performance & { titles: readonly string[] })[] = [
  {
    ...{ artist: "Ólöf & the Lighthouses", misspelt: "lihgthouses", album: "Norðurljós", genre: "Folk", year: 2011 },
    titles: ["Harbour Lamp", "Salt and Wool", "Jökull", "The The"],
  },
  {
    ...{
      artist: "Copperplate Quartet",
      misspelt: "coperplate",
      album: "Four Etchings",
      genre: "Classical",
      year: 1987,
    },
    titles: ["Allegro, First Etching", "Adagio, Second Etching", "Scherzo, Third Etching", "Finale, Fourth Etching"],
  },
  {
    ...{ artist: "Marisol Quintanilla", misspelt: "quintanila", album: "Canción del Río", genre: "Latin", year: 2003 },
    titles: ["Mañana en Sevilla", "El Último Tren", "Corazón de Arena", "Sueños Running"],
  },
  {
    ...{
      artist: "Velvet Thunderstruck",
      misspelt: "thunderstuck",
      album: "Don't Look Down",
      genre: "Rock",
      year: 1994,
    },
    titles: ["Running on Static", "Blink Twice", "AC/DC Adapter", "Don't Look Down"],
  },
  {
    ...{
      artist: "夜行列車 Yakou Ressha",
      misspelt: "yakuo resha",
      album: "Last Platform",
      genre: "Electronic",
      year: 2019,
    },
    titles: ["Platform Zero", "終電", "Rain on Glass", "First Train"],
  },
  {
    ...{ artist: "Søren Ødegård Trio", misspelt: "odegaard soren", album: "Blue Kitchen", genre: "Jazz", year: 1965 },
    titles: ["Kitchen Blues No. 2", "Half Past Rye", "Æbleskiver", "Goodnight, Mrs. Holm"],
  },
];

const formats = ["MP3", "FLAC", "OGG", "WAV"] as const;
const covers = ["jpeg", "png", "jpeg", "none"] as const;
const sampleRates = [44_100, 48_000, 22_050] as const;

/** 24 tracks: each artist in each format, with both kinds of cover art and without. */
export const demoTracks: readonly DemoTrack[] = performances.flatMap(({ titles, ...performance }, artist) =>
  titles.map((title, index): DemoTrack => ({
    ...performance,
    title,
    format: formats[index % formats.length] ?? "WAV",
    cover: covers[(index + artist) % covers.length] ?? "none",
    seconds: 1 + ((artist + index) % 4) * 0.5,
    channels: (artist + index) % 3 === 0 ? 1 : 2,
    sampleRate: sampleRates[artist % sampleRates.length] ?? 44_100,
  })),
);
