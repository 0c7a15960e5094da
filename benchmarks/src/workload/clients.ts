import { Random } from "../random.ts";
import { API_COUNT, API_KEY_HEADER, COOKIE_NAME } from "./api-definitions.ts";

/** One client and the one request that it keeps sending. */
export interface Client {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly session: string;
  readonly apiKey: string;
  readonly username: string;
  readonly address: string;
  readonly body: string;
  /** One more header field, for its size. */
  readonly padding?: string;
}

const HOST = "api.example.com";
const SIGNATURE_BYTES = 256;

/** `count` clients of the first `apis` APIs, each with identifiers of its own; `prefix` tells two groups apart. */
export function makeClients(
  count: number,
  prefix: string,
  seed: number,
  apis: number = API_COUNT,
): Client[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const username = `${prefix}${index}@example.com`;
    const isPost = random.below(5) === 0;
    return {
      method: isPost ? "POST" : "GET",
      path: `/api/svc${random.below(apis)}/v1/orders/${random.below(1e6)}/items?page=${index}`,
      token: makeToken(username, random),
      session: random.hex(32),
      apiKey: random.hex(40),
      username,
      address: `10.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`,
      body: isPost ? '{"qty":3,"sku":"A-1"}' : "",
    };
  });
}

/** A JWT of some 750 characters. Nobody verifies it here, so its signature is any bytes. */
export function makeToken(username: string, random: Random): string {
  const header = { alg: "RS256", typ: "JWT", kid: "k1" };
  const claims = {
    iss: "https://idp.example.com/",
    sub: `user-${random.hex(8)}`,
    username,
    client_id: "mobile-app",
    aud: ["orders", "payments"],
    scope: "openid profile email orders:read orders:write",
    exp: 1_900_000_000,
    iat: 1_800_000_000,
    jti: random.hex(32),
  };
  const signature = Buffer.from(random.bytes(SIGNATURE_BYTES)).toString("base64url");
  return `${base64url(header)}.${base64url(claims)}.${signature}`;
}

/** The header fields of a client's request, names in lower case. */
export function headersOf(client: Client): ReadonlyMap<string, string> {
  const headers = new Map([
    ["host", HOST],
    ["authorization", `Bearer ${client.token}`],
    ["cookie", `theme=dark; ${COOKIE_NAME}=${client.session}; _ga=GA1.2.814205733`],
    [API_KEY_HEADER, client.apiKey],
    ["x-forwarded-for", client.address],
    ["user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"],
    ["accept", "application/json"],
  ]);
  if (client.padding !== undefined) headers.set("x-padding", client.padding);
  if (client.body !== "") {
    headers.set("content-type", "application/json");
    headers.set("content-length", String(client.body.length));
  }
  return headers;
}

/** A client's request as bytes on the wire; `method` in place of its own. */
export function requestText(client: Client, method: string = client.method): string {
  const lines = [...headersOf(client)].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${client.path} HTTP/1.1\r\n${lines.join("")}\r\n${client.body}`;
}

function base64url(json: unknown): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}
