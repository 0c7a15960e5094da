import {
  Credentials,
  findCookie,
  FoundValue,
  parseAuthorization,
  type RequestView,
} from "@portcullis/core";
import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { RecentHeaders } from "../src/recent-headers.ts";
import { TokenCache } from "../src/token-cache.ts";

const SCHEMES = ["bearer", "mac"];
const TAIL = "x".repeat(40);
const JWT = `eyJhbGciOiJSUzI1NiJ9.${"c".repeat(700)}.${TAIL}`;

type Fields = Partial<Pick<RequestView, "authorization" | "cookie">>;

/** One thread's reader. `read` reads a request's fields as the engine does, its token being asked for after them. */
function reader(cacheBytes = 100_000) {
  const cache = new TokenCache(cacheBytes);
  const headers = new RecentHeaders(cache);
  const credentials = new Credentials();
  const found = new FoundValue();
  function read({ authorization = "", cookie = "" }: Fields, schemes = SCHEMES, name = "SID") {
    const shown = headers.authorization(authorization, schemes, credentials);
    const { scheme, token } = credentials;
    const outcome = cookie === "" ? "absent" : headers.cookie(cookie, name, found);
    if (shown === "found") cache.entry(token);
    return { shown, scheme, token, outcome, session: found.value };
  }
  return { cache, read };
}

/** What reading the same fields anew gives. */
function plain({ authorization = "", cookie = "" }: Fields, schemes = SCHEMES, name = "SID") {
  const credentials = new Credentials();
  const found = new FoundValue();
  const shown = parseAuthorization(authorization, schemes, credentials);
  const outcome = cookie === "" ? "absent" : findCookie(cookie, name, found);
  return {
    shown,
    scheme: credentials.scheme,
    token: credentials.token,
    outcome,
    session: found.value,
  };
}

const AUTHORIZATIONS = [
  `Bearer ${JWT}`,
  `bearer ${JWT}`,
  `Bearer  ${JWT}`,
  `Bearer ${JWT} `,
  `Bearer ${JWT},${TAIL}`,
  `Bearer "${JWT}`,
  `Basic ${JWT}`,
  `MAC ${JWT}`,
  `MAC id="${JWT}", ts="1", nonce="n", mac="m"`,
  `Bearer mallory${TAIL}`,
  `Bearer ${TAIL}`,
  `Bearer ${TAIL} ${TAIL}`,
  "Bearer short",
  "Bearer",
  JWT,
];

const COOKIES = [
  "SID=alice; theme=dark",
  "SID=mallory; theme=dark",
  "theme=dark; SID=alice",
  "SID=alice; SID=mallory",
  'SID="alice"; theme=dark',
  'SID="alice; theme=dark',
  "SIE=alice; theme=dark",
  "SID=; theme=dark",
  "SID=b\u0161d",
  `SID=alice; padding=${"p".repeat(5000)}`,
];

const FIELDS: readonly Fields[] = AUTHORIZATIONS.flatMap((authorization) =>
  COOKIES.map((cookie) => ({ authorization, cookie })),
);

describe("a field", () => {
  test("is read as anew, whatever came before it with the same token or tail", () => {
    const { read } = reader();
    const wrong: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      for (const fields of [...FIELDS, ...FIELDS.toReversed()]) {
        const got = read(fields);
        const want = plain(fields);
        const isSame =
          got.shown === want.shown &&
          got.outcome === want.outcome &&
          (got.shown !== "found" || (got.token === want.token && got.scheme === want.scheme)) &&
          (got.outcome !== "found" || got.session === want.session);
        if (!isSame) wrong.push({ fields, got, want });
      }
    }
    expect(wrong).toEqual([]);
  });

  test("is read anew for another API, which takes other schemes or another cookie", () => {
    const { read } = reader();
    const fields = { authorization: `MAC ${JWT}`, cookie: "SID=alice; OTHER=bob" };
    for (let round = 0; round < 3; round++) {
      expect(read(fields)).toMatchObject({ shown: "found", scheme: "mac", session: "alice" });
      expect(read(fields, ["bearer"])).toMatchObject({ shown: "absent" });
      expect(read(fields, ["mac"], "OTHER")).toMatchObject({ shown: "found", session: "bob" });
      expect(read(fields, SCHEMES, "NONE")).toMatchObject({ outcome: "absent" });
    }
  });

  test("of somebody without a token neither is taken for the one that came before nor takes its place", () => {
    const { cache, read } = reader();
    const alice = { authorization: `Bearer ${JWT}`, cookie: "SID=alice" };
    for (let round = 0; round < 3; round++) {
      expect(read(alice)).toMatchObject({ session: "alice" });
      expect(read({ cookie: "SID=mallory" })).toMatchObject({
        shown: "absent",
        session: "mallory",
      });
      const kept = cache.entry(JWT).shown.cookieIn("SID=alice", "SID");
      expect(kept).toBe(round === 0 ? undefined : "alice");
    }
  });

  test("costs no memory when it comes again", () => {
    const cache = new TokenCache(100_000);
    const headers = new RecentHeaders(cache);
    const credentials = new Credentials();
    const found = new FoundValue();
    const look = (): void => {
      headers.authorization(`Bearer ${JWT}`, SCHEMES, credentials);
      headers.cookie("theme=dark; SID=0123456789abcdef0123456789abcdef", "SID", found);
      cache.entry(credentials.token);
    };
    expect(bytesPerCall(look)).toBeLessThan(4);
  });
});

describe("the memory of fields", () => {
  test("is counted: a flood of them forgets tokens, however they are shown", () => {
    const { cache, read } = reader(100_000);
    read({ authorization: "Bearer first" });
    const first = cache.entry("first");
    for (let i = 0; i < 100; i++) {
      const cookie = `SID=${i}; padding=${"p".repeat(1900)}`;
      for (let look = 0; look < 3; look++) read({ authorization: `Bearer t${i}`, cookie });
    }
    expect(cache.entry("first")).not.toBe(first);
  });

  test("keeps a token that is shown, while others come and go", () => {
    const { cache, read } = reader(20_000);
    read({ authorization: `Bearer ${JWT}` });
    const kept = cache.entry(JWT);
    for (let i = 0; i < 200; i++) {
      read({ authorization: `Bearer flood${i}` });
      read({ authorization: `Bearer ${JWT}` });
      expect(cache.entry(JWT)).toBe(kept);
    }
  });
});
