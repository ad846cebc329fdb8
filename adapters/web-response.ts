/** Responses of `fetch` handlers: a refusal, rate limits on a response that is there already, and knowing when it has been sent. */
import type { Client, PlainResponse } from "../admission/port.ts";

/** The header lines of a `Request`. Several lines of one name are joined by then, which counts as several credentials. */
export function clientOf({ headers, method, url }: Request, remoteAddress?: string): Client {
  return { rawHeaders: [...headers].flat(), socket: { remoteAddress }, method, url: url.slice(url.indexOf("/", "https://".length)) };
}

export function toResponse({ status, headers, body }: PlainResponse): Response {
  return new Response(body ?? null, { status, headers: { ...headers } });
}

/** The response with more headers; where its headers cannot be changed, as those of `fetch` and `Response.redirect`, a copy. */
export function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  // An upgrade and `Response.error()`: no copy can have their status.
  if (response.status < 200) return response;
  try {
    return addHeaders(response, headers);
  } catch {
    return addHeaders(new Response(response.body, response), headers);
  }
}

function addHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) {
    if (name === "vary") response.headers.append(name, value);
    else if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** The response; `release` is called once its body has been read to the end, has failed or is not wanted any more. Without a body, at once. */
export function releasedAtEnd(response: Response, release: () => void): Response {
  if (response.body === null) {
    release();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          release();
          controller.close();
        } catch (error) {
          release();
          controller.error(error);
        }
      },
      cancel(reason) {
        release();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
