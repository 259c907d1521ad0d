// What of the engine's output a person wants to see while an update runs: each resource once it is done, every diagnostic.

const finished =
  /^\s*(?<mark>[-+~]+)\s+(?<type>\S+:\S+)\s+(?<name>\S+)\s+(?<verb>created|updated|deleted|replaced|refreshed)\b(?<rest>.*)$/;

export class UpdateOutput {
  private readonly say: (line: string) => void;
  private rest = "";
  private inDiagnostics = false;

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  /** Takes output as it comes, in pieces of any size. */
  write(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line.startsWith("Diagnostics:")) this.inDiagnostics = true;
    if (/^(Outputs|Resources):/.test(line)) this.inDiagnostics = false;
    const { verb, type, name, rest } = finished.exec(line)?.groups ?? {};
    if (this.inDiagnostics) this.say(line);
    else if (verb !== undefined) this.say(`  ${verb.padEnd(9)}${name ?? ""} ${type ?? ""}${rest ?? ""}`);
  }
}
