/** Tells people who wait what is being done; programs and logs, which have no terminal, hear nothing. */
export function progress(doing: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${doing} ...\n`);
}
