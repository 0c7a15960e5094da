import { createHmac, randomBytes } from "node:crypto";

import { isEqual } from "./is-equal.mjs";

const LIFETIME_SECONDS = 3600;
const BEARER = /^bearer +(\S+)$/i;

/** Another one with each start: a token of yesterday's process is worth nothing today. */
const secret = randomBytes(32);
const header = encode({ alg: "HS256", typ: "JWT" });

/** Answers a login in the manner of OAuth2: a JWT (HS256) that is valid for an hour. */
export function issueToken(user, now = Date.now()) {
  const iat = Math.floor(now / 1000);
  const claims = {
    username: user.name,
    client_id: "shop-web",
    sub: user.id,
    iat,
    exp: iat + LIFETIME_SECONDS,
  };
  const content = `${header}.${encode(claims)}`;
  return {
    access_token: `${content}.${sign(content)}`,
    token_type: "Bearer",
    expires_in: LIFETIME_SECONDS,
  };
}

/** The name of the user whose token an `Authorization` header carries, or `undefined`. */
export function userOfToken(authorization = "", now = Date.now()) {
  const [head, payload, signature, ...rest] = (BEARER.exec(authorization)?.[1] ?? "").split(".");
  // Always HS256 with our secret, whatever the header says: a token has no say in its verification.
  if (rest.length > 0 || !isEqual(signature, sign(`${head}.${payload}`))) return undefined;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return claims.exp * 1000 > now ? claims.username : undefined;
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function sign(content) {
  return createHmac("sha256", secret).update(content).digest("base64url");
}
