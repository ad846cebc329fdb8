/** A collector of traces: OTLP over HTTP, with a reader of its protobuf messages. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

interface CollectedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** "" for one that begins a trace. */
  readonly parentId: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly resource: Readonly<Record<string, string | number>>;
  /** 2 for an error. */
  readonly status: number;
}

interface Collector {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** Bodies as they came, in latin1. */
  readonly bodies: string[];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

/** @param responds false: it takes requests and never responds */
export async function startCollector(responds = true): Promise<Collector> {
  const collector: Collector & { url: string } = { url: "", spans: [], bodies: [], requests: [] };
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    collector.requests.push({ path: request.url ?? "", headers: request.headers });
    collector.bodies.push(body.toString("latin1"));
    collector.spans.push(...spansOf(body));
    if (responds) response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return collector;
}

/** A message by the numbers of its fields: whole numbers, or bytes. */
type Message = Map<number, (bigint | Buffer)[]>;

function read(bytes: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const kinds: Record<number, () => bigint | Buffer> = { 0: varint, 1: () => take(8), 2: () => take(Number(varint())), 5: () => take(4) };
  while (at < bytes.length) {
    const tag = Number(varint());
    const readKind = kinds[tag & 7];
    if (readKind === undefined) throw new Error(`no protobuf: wire type ${tag & 7}`);
    message.set(tag >> 3, [...(message.get(tag >> 3) ?? []), readKind()]);
  }
  return message;
}

const parts = (message: Message, field: number) => (message.get(field) ?? []).map((each) => read(each as Buffer));
const bytesOf = (message: Message, field: number) => (message.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
const numberOf = (message: Message, field: number) => Number(message.get(field)?.[0] ?? 0);

function attributesOf(message: Message, field: number): Record<string, string | number> {
  return Object.fromEntries(
    parts(message, field).map((pair) => {
      const [value = new Map() as Message] = parts(pair, 2);
      return [bytesOf(pair, 1).toString(), value.has(1) ? bytesOf(value, 1).toString() : numberOf(value, 3)];
    }),
  );
}

/** The fields of `ExportTraceServiceRequest`: https://github.com/open-telemetry/opentelemetry-proto */
function spansOf(body: Buffer): CollectedSpan[] {
  return parts(read(body), 1).flatMap((ofResource) => {
    const resource = parts(ofResource, 1).map((each) => attributesOf(each, 1))[0] ?? {};
    return parts(ofResource, 2).flatMap((ofScope) =>
      parts(ofScope, 2).map((span) => ({
        name: bytesOf(span, 5).toString(),
        kind: numberOf(span, 6),
        traceId: bytesOf(span, 1).toString("hex"),
        spanId: bytesOf(span, 2).toString("hex"),
        parentId: bytesOf(span, 4).toString("hex"),
        attributes: attributesOf(span, 9),
        resource,
        status: parts(span, 15).map((status) => numberOf(status, 3))[0] ?? 0,
      })),
    );
  });
}
