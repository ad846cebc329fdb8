/** The Keyward that the route handlers and the proxy ask. */
import { keywardAt } from "@keyward/sdk";

export const kw = keywardAt({ url: process.env.KEYWARD_URL ?? "http://127.0.0.1:4000", token: process.env.KEYWARD_TOKEN ?? "unset" });
