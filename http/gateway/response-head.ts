/** Writes the head of the upstream's response to the client. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { REQUEST_ID_HEADER } from "../../admission/request-id.ts";
import { requestIdOf } from "../identified.ts";
import { responseHeaders } from "./forwarded-headers.ts";
import { responseFraming } from "./framing.ts";

type Headers = Readonly<Record<string, string>>;

/** Sends the head at once, before the first byte of the body. False if the upstream's head cannot be written. */
export function writeHead(response: ServerResponse, incoming: IncomingMessage, headers: Headers): boolean {
  const status = incoming.statusCode ?? 0;
  const reason = incoming.statusMessage ?? "";
  const framing = responseFraming(incoming);
  if (status < 200 || status > 999 || framing === undefined) return false;
  try {
    const lines = responseHeaders(incoming.rawHeaders, framing, headers);
    lines.push(REQUEST_ID_HEADER, requestIdOf(response.req));
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(reason)) response.writeHead(status, reason, lines);
    else response.writeHead(status, lines);
    response.flushHeaders();
    return true;
  } catch {
    return false;
  }
}

/** Sends the head of a 101 on the bare connection. Node's parser has refused line breaks in names and values. */
export function writeSwitch(socket: Duplex, incoming: IncomingMessage, protocol: string, headers: Headers): void {
  const lines = responseHeaders(incoming.rawHeaders, { kind: "none" }, headers);
  let head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
  for (let at = 0; at + 1 < lines.length; at += 2) head += `${lines[at]}: ${lines[at + 1]}\r\n`;
  socket.write(`${head}\r\n`, "latin1");
}
