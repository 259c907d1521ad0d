import { z } from "zod";
import type { ConfigKey } from "./key.ts";

const connectionShares: ConfigKey<Record<string, number>> = {
  schema: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,48}$/), z.int().min(1).max(100)),
  default: {},
  accepted: "a map of an application's name to 1 to 100 instances",
  description:
    "Other applications that reach the database by this contract, each with its instances at the most: every instance has a pooler, and all poolers share the server's connections.",
};

/** Keys of who else uses the library. */
export const consumerKeys = { connectionShares };
