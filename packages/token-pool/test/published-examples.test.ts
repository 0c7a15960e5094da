import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { compactVerify } from "jose";
import { describe, expect, test } from "vitest";

import { type Algorithm, KeySet, type VerificationRule, verifyToken } from "../src/verify.ts";
import { base64url } from "./build-jwt.ts";
import { jwks } from "./support/issuer.ts";

const EXPIRY = 1_300_819_380;
const PAYLOAD =
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

interface Example {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly jwk: object;
  readonly header: string;
  readonly signature: string;
}

const EXAMPLES: readonly Example[] = [
  {
    name: "RFC 7515 A.1 and RFC 7519 3.1",
    algorithm: "HS256",
    jwk: {
      kty: "oct",
      k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    },
    header: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
    signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  },
  {
    name: "RFC 7515 A.2",
    algorithm: "RS256",
    jwk: {
      kty: "RSA",
      e: "AQAB",
      n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    },
    header: "eyJhbGciOiJSUzI1NiJ9",
    signature:
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
  },
  {
    name: "RFC 7515 A.3",
    algorithm: "ES256",
    jwk: {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    header: "eyJhbGciOiJFUzI1NiJ9",
    signature:
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
  },
];

describe.each(EXAMPLES)("$name ($algorithm)", ({ algorithm, header, jwk, signature }) => {
  const rule: VerificationRule = {
    issuer: "joe",
    audiences: [],
    algorithms: [algorithm],
    clockTolerance: 0,
    username: "iss",
    clientId: "",
  };
  const token = `${header}.${PAYLOAD}.${signature}`;
  const look = async (text: string, atSecond: number) =>
    verifyToken(
      text,
      rule,
      await KeySet.read(jwks([jwk], { algorithms: [algorithm] })),
      atSecond * 1000,
    );

  test("is verified up to its last second", async () => {
    expect(await look(token, EXPIRY - 1)).toMatchObject({ outcome: "verified", username: "joe" });
    expect(await look(token, EXPIRY)).toMatchObject({ outcome: "expired", username: "" });
  });

  test("is refused with any one bit of its signature changed", async () => {
    const bytes = Buffer.from(signature, "base64url");
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte));
      const forged = `${header}.${PAYLOAD}.${base64url(changed)}`;
      expect(await look(forged, EXPIRY - 1)).toMatchObject({ outcome: "signature" });
    }
  });
});

test("RFC 7515 A.5, which is not signed, is refused", async () => {
  const [first] = EXAMPLES;
  const set = await KeySet.read(jwks([first?.jwk], { algorithms: ["HS256"] }));
  const rule: VerificationRule = {
    issuer: "joe",
    audiences: [],
    algorithms: ["HS256"],
    clockTolerance: 0,
    username: "iss",
    clientId: "",
  };
  const token = `eyJhbGciOiJub25lIn0.${PAYLOAD}.`;
  expect(await verifyToken(token, rule, set, 0)).toMatchObject({ outcome: "malformed" });
});

const folder = join(dirname(repositoryRoot()), "shared", "testdata", "jwt", "jose-cookbook", "jws");
const absent = !existsSync(folder);
const reason = absent ? " (skipped: ../shared/testdata is not beside this checkout)" : "";

interface CookbookCase {
  readonly title: string;
  readonly input: { readonly alg: Algorithm; readonly key: { readonly kid: string } };
  readonly output: { readonly compact?: string };
}

describe.skipIf(absent)(`the examples of RFC 7520${reason}`, () => {
  const cases = absent ? [] : readCookbook();

  test("the table is whole", () => {
    expect(cases.map(({ title }) => title).length).toBe(4);
  });

  // Their payload is a line of prose, no claims: what is tried is which key is found, and that it fits.
  test.for(cases)("$title", async ({ input, output }) => {
    const set = await KeySet.read(jwks([input.key], { algorithms: [input.alg] }));
    const key = set.find(input.key.kid, input.alg);
    expect(key).toBeDefined();
    const { payload } = await compactVerify(output.compact ?? "", key ?? new Uint8Array());
    expect(new TextDecoder().decode(payload)).toMatch(/^It’s a dangerous business, Frodo/);
  });
});

/** Those in compact form with their payload inside. */
function readCookbook(): CookbookCase[] {
  return readdirSync(folder)
    .toSorted()
    .map((file): CookbookCase => JSON.parse(readFileSync(join(folder, file), "utf8")))
    .filter(({ output }) => output.compact !== undefined && !output.compact.includes(".."));
}

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
