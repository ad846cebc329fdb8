/** A whole part of the application behind Keyward: everything below /internal needs a key, and learns whose it is from a header. */
import { protect } from "@keyward/sdk/fetch";
import { type NextRequest, NextResponse } from "next/server.js";
import { kw } from "./keyward.ts";

export const proxy = protect(kw)((request: NextRequest, { apiKey }) => {
  const headers = new Headers(request.headers);
  headers.set("x-organization", apiKey.organizationId ?? "");
  return NextResponse.next({ request: { headers } });
});

export const config = { matcher: "/internal/:path*" };
