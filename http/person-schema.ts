/** A person, as the routes of members and of the own session return them. */
import { z } from "@hono/zod-openapi";

export const personSchema = z
  .object({ id: z.string(), name: z.string(), email: z.string(), image: z.string().nullable() })
  .openapi("Person");
