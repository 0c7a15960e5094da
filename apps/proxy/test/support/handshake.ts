import { createHash } from "node:crypto";

/** The key of RFC 6455, 1.3. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The lines of an opening handshake. */
export const HANDSHAKE: readonly string[] = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Key: ${KEY}`,
  "Sec-WebSocket-Version: 13",
];

/** The bytes of a request with these lines. */
export function requestWith(path: string, lines: readonly string[]): string {
  return `${[`GET ${path} HTTP/1.1`, "Host: api.example.com", ...lines].join("\r\n")}\r\n\r\n`;
}

/** The lines as headers by name. */
export function fieldsOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const [name = "", value = ""] = line.split(": ");
      return [name, value];
    }),
  );
}

/** A verified 101 to the request with these headers. */
export function agreeing(headers: readonly (readonly [string, string])[], extra: string): string {
  const key = headers.find(([name]) => name === "sec-websocket-key")?.[1] ?? "";
  return (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n${extra}\r\n`
  );
}

/** RFC 6455, 4.2.2. */
function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
