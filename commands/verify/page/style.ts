/** Colours by their part, in light and in dark; nothing is loaded. */
export const style = `
:root { color-scheme: light dark;
  --surface: #fbfbf9; --card: #ffffff; --ink: #1c1c1a; --quiet: #66655f; --line: #e4e3dd;
  --series: #2a6fc9; --second: #b4531a; --bad: #b3261e; --good: #1b6e3c;
  --standard: #174a8c; --nearline: #3b82d9; --coldline: #85b4ec; --archive: #c3daf6; --hatch: #ffffff; --billed: #b9b7ae; }
@media (prefers-color-scheme: dark) { :root {
  --surface: #171716; --card: #1f1f1d; --ink: #eeede8; --quiet: #a5a49c; --line: #35352f;
  --series: #6ea8f5; --second: #f0965a; --bad: #ff8a80; --good: #6fcf97;
  --standard: #cfe2fa; --nearline: #82b3f2; --coldline: #3f7fd0; --archive: #24528f; --hatch: #171716; --billed: #6b6a63; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1000px; padding: 32px 20px 60px; background: var(--surface); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 2px; }
p { margin: 0 0 12px; color: var(--quiet); max-width: 75ch; }
.verdict { font-weight: 600; } .passed { color: var(--good); } .failed { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin-top: 20px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.tile b { display: block; font-size: 22px; font-weight: 600; } .tile span { color: var(--quiet); font-size: 13px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto; }
figure + figure { margin-top: 12px; }
svg { display: block; width: 100%; min-width: 640px; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .tick { fill: var(--quiet); font-size: 11px; } svg .name { font-size: 12.5px; }
svg .figure { font-size: 12px; font-weight: 600; }
svg .grid { stroke: var(--line); } svg .median { stroke: var(--ink); stroke-width: 2; }
svg .dot { fill: var(--series); fill-opacity: .8; stroke: var(--card); }
svg line.limit { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 4 3; } svg text.limit { fill: var(--bad); font-weight: 600; }
svg .bar { fill: var(--series); } svg .busy { fill: var(--series); fill-opacity: .75; }
svg .outline { fill: none; stroke: var(--ink); stroke-width: 1.5; } svg .waiting { fill: var(--second); fill-opacity: .75; }
svg .standard { fill: var(--standard); } svg .nearline { fill: var(--nearline); } svg .coldline { fill: var(--coldline); }
svg .archive { fill: var(--archive); } svg .billed { fill: var(--billed); } svg .old { fill: url(#old); }
svg .span { stroke: var(--quiet); stroke-width: .5; } svg .hatch { stroke: var(--hatch); stroke-width: 4; stroke-opacity: .7; }
table { width: 100%; border-collapse: collapse; font-size: 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
th, td { text-align: left; vertical-align: top; padding: 7px 12px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 500; border-top: 0; } td:nth-child(2) { white-space: nowrap; font-weight: 600; }
ul { margin: 4px 0 0; padding-left: 20px; color: var(--quiet); } footer { margin-top: 40px; color: var(--quiet); font-size: 13px; }
`;
