import { readdirSync, readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { parseApiDefinition } from "../../src/definition/parse-api-definition.ts";
import type { Json } from "./definition-of.ts";

const FOLDER = new URL("../fixtures/definitions/", import.meta.url);

function example(name: string): Json {
  const json: Json = JSON.parse(readFileSync(new URL(`api-${name}.json`, FOLDER), "utf8"));
  return json;
}

/** The `api_metadata` of an example, with `changes`. */
function metadataOf(name: string, changes: Json): Json {
  const metadata = example(name)["api_metadata"];
  return { api_metadata: { ...(typeof metadata === "object" ? metadata : {}), ...changes } };
}

const server = { servers: [{ host: "127.0.0.1", port: 8080 }] };
const place = { url: "/flow", hostname: "*" };

const NO_SERVER = {
  path: "api_metadata.servers",
  problem: "expected a server to forward to, unless the whole API is a decoy, got none",
};

const ROWS: readonly {
  readonly name: string;
  readonly json: Json;
  readonly want: object;
}[] = [
  {
    name: "rest-full",
    json: example("rest-full"),
    want: {
      url: "/your_rest_api",
      pattern: { answer: { status: 401, phrase: "Unauthorized", body: "401 Unauthorized" } },
      servers: [{ port: 8080 }, { port: 8081 }],
      jwt: undefined,
      decoy: { enabled: false, answer: { status: 200, phrase: "OK", body: "" } },
    },
  },
  {
    name: "websocket-derived",
    json: example("websocket-derived"),
    want: { protocol: "ws", servers: [{ connectionQuota: 10 }, { connectionQuota: 20 }] },
  },
  {
    name: "decoy-out-of-context-fragment",
    json: example("decoy-out-of-context-fragment"),
    want: { url: "/account", servers: [], decoy: { enabled: true, subpaths: [] } },
  },
  {
    name: "decoy-in-context-fragment",
    json: metadataOf("decoy-in-context-fragment", server),
    want: { decoy: { enabled: true, subpaths: ["/shop/root", "/shop/admin"] } },
  },
  {
    name: "jwt-fragment",
    json: metadataOf("jwt-fragment", server),
    want: {
      jwt: {
        location: { in: "authorization", scheme: "bearer" },
        username: "username",
        clientId: "client_id",
      },
    },
  },
  {
    name: "mapping-fragment",
    json: metadataOf("mapping-fragment", server),
    want: { hostname: "shopping.xyz.com", loginUrl: "/index/login", internalUrl: "/a123" },
  },
  {
    name: "root-discovery",
    json: metadataOf("root-discovery", server),
    want: { url: "/", hostname: "*", apiMemoryBytes: 2 ** 20 },
  },
  {
    name: "flow-control-rest-fragment",
    json: metadataOf("flow-control-rest-fragment", place),
    want: {
      servers: [
        { spike: { count: 100, seconds: 1 }, connectionQuota: 20 },
        { spike: { count: 200, seconds: 1 }, connectionQuota: 40 },
      ],
    },
  },
  {
    name: "pattern-enforcement-fragment",
    json: { api_metadata: { ...place, ...server, ...example("pattern-enforcement-fragment") } },
    want: {
      pattern: {
        protocolAllowed: "https",
        redirect: {
          status: 301,
          phrase: "Moved Permanently",
          location: "https://shopping.xyz.com/login/",
        },
        methodsAllowed: ["GET", "POST"],
        contentTypeAllowed: "application/json",
        answer: { status: 401, phrase: "Unauthorized", body: " Error: Unauthorized" },
      },
    },
  },
];

test.for(ROWS)("the documented example $name is taken without a warning", ({ json, want }) => {
  const result = parseApiDefinition("example", json);
  expect(result).toMatchObject({ ok: true, warnings: [], value: want });
});

test.for(["decoy-in-context-fragment", "jwt-fragment", "mapping-fragment", "root-discovery"])(
  "the documented example %s only wants a server",
  (name) => {
    expect(parseApiDefinition("example", example(name))).toEqual({
      ok: false,
      issues: [NO_SERVER],
    });
  },
);

test("every example has a row", () => {
  const files = readdirSync(FOLDER).map((file) => file.replace(/^api-|\.json$/g, ""));
  expect(ROWS.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
});
