// A library of made-up tracks with the skew of a real one: few words, artists and years have most of the rows.
import type pg from "pg";

const syllables = "s.list";

// Word number n of a vocabulary of 5,000: three to five syllables, so that trigrams differ as those of real words do.
const word = (n: string): string =>
  `(${syllables}[1 + (${n}) % 20] || ${syllables}[1 + (${n}) / 20 % 20] || ${syllables}[1 + (${n}) * 7 % 20]
    || case when (${n}) >= 400 then ${syllables}[1 + (${n}) / 400] else '' end)`;

const SYLLABLES = "ba ke lo mi run sta ve zo dre fi gar hu ja nor pe qui ra sol ty wen".split(" ");

/** Word number `n` (below 5,000) of the vocabulary; the greater, the rarer. */
export function generatedWord(n: number): string {
  const parts = [n % 20, Math.floor(n / 20) % 20, (n * 7) % 20, ...(n >= 400 ? [Math.floor(n / 400)] : [])];
  return parts.map((part) => SYLLABLES[part] ?? "").join("");
}

/**
 * Inserts `count` tracks as the client's role, then ANALYZE. The same seed gives the same rows. The most frequent word,
 * "bababa", stands in about every third track; of 2,000 artists the first has one row in 13; 97 % of the tracks are
 * COMPLETED.
 */
export async function generateTracks(client: pg.Client, count: number): Promise<void> {
  await client.query("select setseed(0.42)");
  await client.query(
    `with syllables as (
       select array['ba','ke','lo','mi','run','sta','ve','zo','dre','fi','gar','hu','ja','nor','pe','qui','ra','sol','ty','wen']
         as list
     ), draw as materialized (
       select n, floor(2000 * random() ^ 3)::integer as artist, random() as length, random() as album,
         random() as year, random() as genre, random() as status, random() as age,
         floor(5000 * random() ^ 6)::integer as a, floor(5000 * random() ^ 6)::integer as b,
         floor(5000 * random() ^ 2)::integer as c
       from generate_series(1, $1::integer) n
     ), named as (
       select d.*, s.list, ${word("d.artist * 7 % 5000")} || ' ' || ${word("d.artist * 17 % 5000")} as name
       from draw d, syllables s
     )
     insert into library.audio_tracks (title, artist, album, genre, year, duration, channels, sample_rate, bitrate,
       format, audio_path, status, created_at)
     select
       ${word("s.a")} || case when length > 0.3 then ' ' || ${word("s.b")} else '' end
         || case when length > 0.6 then ' ' || ${word("s.c")} else '' end,
       name, 'Album ' || floor(5 * album) || ' of ' || name,
       (array['Rock', 'Pop', 'Jazz', 'Electronic', 'Classical', 'Folk'])[1 + floor(6 * genre ^ 2)::integer],
       2026 - floor(70 * year ^ 2)::integer,
       30 + round((600 * length)::numeric, 3), 2, 44100, 320000, 'MP3',
       'gs://library/audio/' || n || '.mp3',
       case when status < 0.97 then 'COMPLETED' when status < 0.98 then 'FAILED' when status < 0.99 then 'PROCESSING'
         else 'PENDING' end,
       timestamp with time zone '2026-01-01' - interval '1 second' * floor(1e8 * age)
     from named s`,
    [count],
  );
  await client.query("analyze library.audio_tracks");
}
