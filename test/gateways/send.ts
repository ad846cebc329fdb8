/** Requests to a gateway, byte for byte, and its responses: read to their end and not to that of the connection, which some gateways keep for a while. */
import { connect } from "node:net";
import { parseResponse, type RawResponse } from "../http/raw-http.ts";

export function sendToGateway(url: string, requestLine: string, lines: readonly string[], body: string): Promise<RawResponse> {
  const { hostname, port, host } = new URL(url);
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  const head = [`${requestLine} HTTP/1.1`, `Host: ${host}`, ...lines, ...length].join("\r\n");
  const isHead = requestLine.startsWith("HEAD ");
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  const socket = connect(Number(port), hostname);
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (isWhole(bytes.toString("latin1"), isHead)) socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    try {
      resolve(parseResponse(bytes));
    } catch (error) {
      reject(error);
    }
  });
  socket.write(`${head}\r\n\r\n${body}`, "latin1");
  return promise;
}

function isWhole(text: string, isHead: boolean): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  if (isHead) return true;
  if (/\r\ntransfer-encoding: *chunked\r\n/i.test(text.slice(0, end + 2))) return text.endsWith("\r\n0\r\n\r\n");
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}
