import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { claimText, decodeClaims, JwtSpans, tokenizeJwt } from "../src/index.ts";

/** `null`: the library throws; `false`: it answers with something else than an object. */
type Outcome = boolean | null;

interface DecodeCase {
  readonly id: string;
  readonly token: string;
  readonly jose: Outcome;
  readonly jsonwebtoken: Outcome;
  readonly jwt_decode: Outcome;
}

interface RealToken {
  readonly issuer: string;
  readonly token: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly username_claim: string;
}

const folder = join(dirname(repositoryRoot()), "shared", "testdata", "jwt");
const absent = !existsSync(folder);
const reason = absent ? " (skipped: ../shared/testdata is not beside this checkout)" : "";

describe.skipIf(absent)(`the public JWT cases${reason}`, () => {
  const decodeCases: readonly DecodeCase[] = readRows("decode-cases.jsonl");
  const realTokens: readonly RealToken[] = readRows("real-tokens.jsonl");

  test("the tables are whole", () => {
    expect([decodeCases.length, realTokens.length]).toEqual([410, 4]);
  });

  test.for(decodeCases)("$id has claims if jose and jwt-decode read an object", (row) => {
    expect(decodeClaims(row.token) !== undefined).toBe(
      row.jose === true && row.jwt_decode === true,
    );
  });

  test.for(decodeCases)("$id is well formed if jsonwebtoken can take it apart", (row) => {
    expect(tokenizeJwt(row.token, new JwtSpans())).toBe(row.jsonwebtoken !== null);
  });

  test.for(realTokens)("a token of $issuer has its claims and its user name", (row) => {
    const claims = decodeClaims(row.token);
    expect(claims).toEqual(row.payload);
    const stated = row.payload[row.username_claim];
    expect(claimText(claims ?? {}, row.username_claim)).toBe(
      Array.isArray(stated) ? stated[0] : stated,
    );
  });
});

/** The nearest folder above this file that holds the workspace. */
function repositoryRoot(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, "pnpm-workspace.yaml"))) {
    const parent = dirname(root);
    if (parent === root) throw new Error("this test file lies outside of the repository");
    root = parent;
  }
  return root;
}

function readRows(file: string) {
  if (absent) return [];
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}
