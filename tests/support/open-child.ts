// Opens a connection twice in a process of its own and prints how each try ended, so that tests see what would end a process:
// an unhandled rejection. Argument: JSON of a descriptor; second argument: address of Cloud SQL's API.
import type { ConnectionDescriptor } from "../../connections/descriptor.ts";
import { openClient } from "../../connections/open.ts";

const descriptor = JSON.parse(process.argv[2] ?? "") as ConnectionDescriptor;
const connector = { sqlAdminAPIEndpoint: process.argv[3] ?? "" };
for (let time = 1; time <= 2; time += 1) {
  try {
    const client = await openClient(descriptor, { applicationName: "child", connectTimeoutMs: 3_000, connector });
    await client.end();
    process.stdout.write("opened\n");
  } catch (error) {
    process.stdout.write(`${String(error).split("\n", 1).join("")}\n`);
  }
}
