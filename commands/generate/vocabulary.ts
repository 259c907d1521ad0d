// Words as titles have them: the commonest are real, the others are made of syllables and look like words of no language.
import type { Draw } from "./weighted-choice.ts";

const common = (
  "the love you me of a in my to i and it is on your for we be no this all with time night one life heart down day " +
  "world don't man let go way home can blue never are what live song black up girl like dance baby back out dream " +
  "good so do now light fire from rain at not if how free white moon little red away where star when sun more old " +
  "wild lost last long over best summer soul sweet king water rock high gone again break here blues true street high " +
  "angel river dark soon feel road need beautiful sea eyes green golden dead side train lady morning winter city"
).split(" ");
const onsets =
  "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sh sl sp st str t th tr v w y z".split(" ");
const vowels = "a a a e e e i i o o o u ai ea ee ia io oo ou".split(" ");
const codas = ["", "", "", "", "", ..."l m n n nd ng r r rt s s st t x".split(" ")];
const accents: Readonly<Record<string, string>> = { a: "á", e: "é", i: "í", o: "ö", u: "ü", c: "ç", n: "ñ" };

/** Share of the made words that carry an accent. */
const ACCENTED = 0.04;

/** `count` different words, the most frequent first. The same draws make the same words. */
export function vocabulary(count: number, draw: Draw): string[] {
  const words = new Set(common.slice(0, count));
  while (words.size < count) words.add(madeWord(draw));
  return [...words];
}

function madeWord(draw: Draw): string {
  const syllables = draw() < 0.6 ? 2 : 3;
  let word = "";
  for (let n = 0; n < syllables; n += 1) {
    word += one(onsets, draw) + one(vowels, draw) + (n + 1 < syllables && draw() < 0.6 ? "" : one(codas, draw));
  }
  if (draw() >= ACCENTED) return word;
  const place = Math.floor(draw() * word.length);
  const letter = word.charAt(place);
  return word.slice(0, place) + (accents[letter] ?? letter) + word.slice(place + 1);
}

function one(list: readonly string[], draw: Draw): string {
  return list[Math.floor(draw() * list.length)] ?? "";
}
