// Opening a server of the local cloud on its recorded port.
import type { FastifyInstance } from "fastify";

/** Listens on 127.0.0.1:port. Raises an error that names what wanted the port where it is taken. */
export async function listenOn(server: FastifyInstance, port: number, name: string): Promise<void> {
  try {
    await server.listen({ host: "127.0.0.1", port });
  } catch (cause) {
    throw portError(cause, port, name);
  }
}

/** The error for a port that cannot be listened on. */
export function portError(cause: unknown, port: number, name: string): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new Error(
    `${name}: cannot listen on 127.0.0.1:${port} (${code}); expected the port that was chosen for it to be free. Stop the program that holds it (\`ss -ltnp\` names it) and start again.`,
    { cause },
  );
}
