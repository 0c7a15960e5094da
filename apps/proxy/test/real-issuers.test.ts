import { createServer } from "node:http";

import { exportJWK, generateKeyPair } from "jose";
import { OAuth2Server } from "oauth2-mock-server";
import { Provider } from "oidc-provider";
import { beforeAll, describe, expect, test } from "vitest";

import { atEnd } from "./support/cleanup.ts";
import { definition } from "./support/definition.ts";
import { addTo } from "./support/management.ts";
import { ProxyProcess } from "./support/proxy-process.ts";
import { type Ask, ask } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";

const SERVED = { status: 200, text: "hello" };
const INVALID = { status: 401 };
const PATIENCE = { timeout: 20_000, interval: 100 };

let upstream: Upstream;

beforeAll(async () => {
  upstream = await Upstream.start();
});

/** A proxy whose one API believes tokens for `audience` of the issuer. */
function startProxy(issuer: string, jwks: string, algorithm: string, audience: string) {
  return ProxyProcess.start({
    yaml: `token_issuers:
  - { name: real, issuer: "${issuer}", algorithms: [${algorithm}], cooldown: 200ms, jwks_url: "${jwks}" }
`,
    apis: {
      shop: definition("/shop", upstream.port, {
        oauth2_access_token: true,
        jwt: { location: "h:authorization:bearer", username: "sub" },
        jwt_verification: { token_issuer: "real", audience: [audience] },
      }),
    },
  });
}

const withToken = (token: string): Ask => ({
  path: "/shop/a",
  headers: { authorization: `Bearer ${token}` },
});

/** Answers for whichever provider there is at the time. */
async function startProvider() {
  let provider: Provider | undefined = undefined;
  const server = createServer((request, response) => provider?.callback()(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const rotate = async (kid: string): Promise<void> => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid, use: "sig", alg: "ES256" };
    provider = new Provider(issuer, configuration(jwk));
  };
  await rotate("first");
  return { issuer, rotate };
}

function configuration(jwk: object): object {
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: "robot",
        client_secret: "a secret of the test",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: "ES256",
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:example:shop",
        getResourceServerInfo: () => ({
          scope: "shop",
          audience: "shop",
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  };
}

async function fetchToken(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "robot",
      client_secret: "a secret of the test",
    }),
  });
  expect(response.status).toBe(200);
  const { access_token: token }: { access_token: string } = JSON.parse(await response.text());
  return token;
}

async function startServer() {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256", { kid: "first" });
  await server.start(0, "127.0.0.1");
  atEnd(() => server.stop());
  return server;
}

const build = (server: OAuth2Server, kid: string, audience = "shop") =>
  server.issuer.buildToken({
    kid,
    scopesOrTransform: (_, payload) => {
      Object.assign(payload, { sub: "ann", aud: audience });
    },
  });

describe("oidc-provider", () => {
  test("its access tokens are believed, before and after it has changed its key", async () => {
    const { issuer, rotate } = await startProvider();
    const proxy = await startProxy(issuer, `${issuer}/jwks`, "ES256", "shop");
    const first = await fetchToken(issuer);
    await expect.poll(() => ask(proxy.port, withToken(first)), PATIENCE).toMatchObject(SERVED);
    await rotate("second");
    const second = await fetchToken(issuer);
    await expect.poll(() => ask(proxy.port, withToken(second)), PATIENCE).toMatchObject(SERVED);
    expect(await ask(proxy.port, withToken(first))).toMatchObject(INVALID);
    await addTo(proxy, "blacklist", { type: "username", value: "robot" });
    expect(await ask(proxy.port, withToken(second))).toMatchObject({ status: 403 });
  });
});

describe("oauth2-mock-server", () => {
  test("its tokens are believed, with a key that came later too, and those for others are not", async () => {
    const server = await startServer();
    const issuer = server.issuer.url ?? "";
    const proxy = await startProxy(issuer, `${issuer}/jwks`, "RS256", "shop");
    const first = await build(server, "first");
    await expect.poll(() => ask(proxy.port, withToken(first)), PATIENCE).toMatchObject(SERVED);
    expect(await ask(proxy.port, withToken(await build(server, "first", "bank")))).toMatchObject(
      INVALID,
    );
    await server.issuer.keys.generate("RS256", { kid: "second" });
    const second = await build(server, "second");
    await expect.poll(() => ask(proxy.port, withToken(second)), PATIENCE).toMatchObject(SERVED);
    expect(await ask(proxy.port, withToken(first))).toMatchObject(SERVED);
  });
});
