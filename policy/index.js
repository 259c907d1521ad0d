// What the engine loads: plain JavaScript that leads to the rules in TypeScript, which Node 22.18 and newer run as they are.
import "./pack.ts";
