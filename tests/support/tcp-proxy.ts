// A TCP proxy between a client and a server, that tests make misbehave.
import { createServer, type Server, type Socket, connect } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** What happens to the bytes of a direction, chunk by chunk: they go on, get lost, or end the connection. */
export type Fate = "pass" | "swallow" | "cut";

export interface ProxyRules {
  /** Milliseconds that each chunk is held back, in both directions. */
  delayMs?: number;
  /** Every byte travels in a packet of its own. */
  byteByByte?: boolean;
  /** Fate of a chunk from the client to the server; `nth` counts from 1 over all connections. */
  toServer?: (chunk: Buffer, nth: number) => Fate;
  /** Fate of a chunk from the server to the client. */
  toClient?: (chunk: Buffer, nth: number) => Fate;
}

export interface TcpProxy {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startProxy(serverPort: number, rules: ProxyRules): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const counts = { toServer: 0, toClient: 0 };
  const server: Server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    const relays = [
      relay(client, upstream, rules, (chunk) => rules.toServer?.(chunk, (counts.toServer += 1)) ?? "pass"),
      relay(upstream, client, rules, (chunk) => rules.toClient?.(chunk, (counts.toClient += 1)) ?? "pass"),
    ];
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    void Promise.all(relays);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const stop = async (): Promise<void> => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  };
  return { port: address.port, stop };
}

async function relay(from: Socket, to: Socket, rules: ProxyRules, fateOf: (chunk: Buffer) => Fate): Promise<void> {
  let blackhole = false;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const fate: Fate = blackhole ? "swallow" : fateOf(chunk);
      if (fate === "cut") {
        from.destroy();
        to.destroy();
        return;
      }
      blackhole ||= fate === "swallow";
      if (blackhole) continue;
      if (rules.delayMs !== undefined) await sleep(rules.delayMs);
      if (rules.byteByByte !== true) to.write(chunk);
      else for (const byte of chunk) to.write(Buffer.of(byte));
    }
  } catch {
    // The other end tells.
  }
  if (!blackhole) to.end();
}
