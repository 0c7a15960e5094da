import { describe, expect, test } from "vitest";

import { parseSettings } from "../src/index.ts";

function problems(content: unknown): string[] {
  const parsed = parseSettings(content, "/etc/portcullis");
  return parsed.ok ? [] : parsed.issues.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("token_issuers", () => {
  test.for([
    {
      issuer: {},
      want: "token_issuers[0]: expected one of jwks_url, jwks_file and pem_file, got none",
    },
    {
      issuer: { jwks_file: "a", pem_file: "b" },
      want: "token_issuers[0]: expected one of jwks_url, jwks_file and pem_file, got 2",
    },
    {
      issuer: { pem_file: "a", algorithms: ["RS256", "PS256"] },
      want: "token_issuers[0].algorithms: expected one algorithm for the key of pem_file, got 2",
    },
    {
      issuer: { jwks_file: "a", algorithms: ["none"] },
      want: /^token_issuers\[0\]\.algorithms\[0\]: expected some of RS256/,
    },
    {
      issuer: { jwks_file: "a", algorithms: [] },
      want: /^token_issuers\[0\]\.algorithms: expected some of RS256/,
    },
    {
      issuer: { jwks_file: "a", name: "A b" },
      want: /^token_issuers\[0\]\.name: expected 1 to 64 lower-case/,
    },
    ...[
      "http://login.example.com/keys",
      "https://user:pass@a/keys",
      "file:///etc/passwd",
      "keys",
    ].map((url) => ({
      issuer: { jwks_url: url },
      want: /^token_issuers\[0\]\.jwks_url: expected an https:\/\/ URL/,
    })),
  ])("an issuer is refused with $want", ({ issuer, want }) => {
    const base = { name: "a", issuer: "https://a", algorithms: ["RS256"] };
    const found = problems({ token_issuers: [{ ...base, ...issuer }] });
    expect(found.length).toBe(1);
    expect(found[0]).toMatch(want);
  });

  test.for(["http://127.0.0.1:8/keys", "http://[::1]/keys", "https://a/keys?x=1"])(
    "keys may be fetched from %s",
    (url) => {
      const issuer = { name: "a", issuer: "https://a", algorithms: ["RS256"], jwks_url: url };
      expect(problems({ token_issuers: [issuer] })).toEqual([]);
      expect(problems({ token_issuers: [issuer, issuer] })).toEqual([
        "token_issuers[1].name: expected a name of its own, got one twice",
      ]);
    },
  );
});
