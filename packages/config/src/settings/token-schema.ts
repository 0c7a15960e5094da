import { z } from "zod";

import { isKeyUrl } from "./network-names.ts";
import type { TokenIssuerOptions, TokenVerificationOptions } from "./options.ts";
import {
  choice,
  duration,
  durationFrom,
  durationOrNone,
  file,
  size,
  whole,
} from "./schema-parts.ts";

const KIB = 1024;
const HOUR_MS = 3_600_000;
/** The engine gives up on an upload that stands still for 10 s. */
const LONGEST_WAIT_MS = 8000;
const WAIT_EXPECTED = "expected a duration from 1ms to 8s with its unit, such as 200ms or 5s";
const MIB = 1024 * KIB;

/** As an API definition may write it. */
const ISSUER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const NAME_EXPECTED = { error: "expected 1 to 64 lower-case letters, digits and hyphens" };
const TEXT_EXPECTED = { error: "expected the text that tokens have in iss" };
const URL_EXPECTED = { error: "expected an https:// URL, or an http:// URL of this machine" };

/** The signature algorithms of RFC 7518 and RFC 8037 that can be verified. `none` is not among them. */
export const TOKEN_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "HS256",
  "HS384",
  "HS512",
] as const;

/** An issuer with the defaults filled in. */
type FilledTokenIssuer = Omit<TokenIssuerOptions, "clock_tolerance" | "cooldown" | "refresh"> & {
  readonly clock_tolerance: string;
  readonly cooldown: string;
  readonly refresh: string;
};

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

const ALGORITHMS_EXPECTED = { error: `expected some of ${TOKEN_ALGORITHMS.join(", ")}` };

const issuer = z.strictObject(
  {
    name: z
      .string(NAME_EXPECTED)
      .regex(ISSUER_NAME, NAME_EXPECTED)
      .describe("What API definitions call it in `jwt_verification.token_issuer`."),
    issuer: z
      .string(TEXT_EXPECTED)
      .min(1, TEXT_EXPECTED)
      .max(2048, TEXT_EXPECTED)
      .describe("What `iss` of its tokens says, to the letter."),
    algorithms: z
      .array(z.enum(TOKEN_ALGORITHMS, ALGORITHMS_EXPECTED), ALGORITHMS_EXPECTED)
      .min(1, ALGORITHMS_EXPECTED)
      .describe("The only algorithms its tokens may be signed by."),
    jwks_url: z
      .string(URL_EXPECTED)
      .max(2048, URL_EXPECTED)
      .refine(isKeyUrl, URL_EXPECTED)
      .optional()
      .describe("Where its keys are published as a JWK set."),
    jwks_file: file.optional().describe("A file with its keys as a JWK set."),
    pem_file: file.optional().describe("A file with its one public key in PEM (SPKI)."),
    clock_tolerance: durationOrNone(
      "By which its clock may differ from ours, for `exp` and `nbf`.",
      "30s",
    ),
    refresh: duration("10m", "After which its keys are read again.", 24),
    cooldown: duration(
      "10s",
      "In which its keys are read once at most, however many tokens name a key that is not known.",
    ),
  },
  { error: "expected an issuer with name, issuer, algorithms and its keys" },
);

export const tokenIssuers: z.ZodType<
  readonly FilledTokenIssuer[],
  readonly TokenIssuerOptions[] | undefined
> = z
  .array(issuer, { error: "expected a list of issuers" })
  .max(64, { error: "expected at most 64 issuers" })
  .default([])
  .describe(
    "Who signs the tokens that APIs with a `jwt_verification` believe; each with one of `jwks_url`, `jwks_file` and `pem_file`.",
  );

export const tokenVerification: z.ZodType<
  Required<Defined<TokenVerificationOptions>>,
  TokenVerificationOptions | undefined
> = z
  .strictObject({
    run: choice(["pool", "inline"], "pool").describe(
      "Where signatures are verified: in worker threads of each edge, or in the edge itself.",
    ),
    threads: whole(1, 16).default(1).describe("Worker threads of each edge, with `pool`."),
    max_waiting: whole(1, 65_536)
      .default(1024)
      .describe("Requests of an edge that may wait for their token; a quarter for one address."),
    timeout: durationFrom(1, LONGEST_WAIT_MS / HOUR_MS, WAIT_EXPECTED)
      .default("5s")
      .describe("For which a request waits for its token, then it is answered 503."),
    cache_bytes: size(
      64 * KIB,
      1024 * MIB,
      "16MiB",
      "Of the tokens each edge remembers; an eighth more for those that were refused.",
    ),
  })
  .prefault({});
