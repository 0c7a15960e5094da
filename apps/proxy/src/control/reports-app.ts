import type { ReportKeys } from "@portcullis/config";
import {
  type AttackQuery,
  type AttackReport,
  buildAllAttacksReport,
  buildAttackReport,
  createObfuscator,
  parseAttackQuery,
  type Timezone,
} from "@portcullis/reports";
import type { AttackRecord } from "@portcullis/store";
import { Hono } from "hono";

import { failure, KEYS_CHALLENGE } from "./failure.ts";
import { SecretCheck } from "./secret-check.ts";

export interface ReportsAppOptions {
  readonly keys: ReportKeys;
  readonly timezone: Timezone;
  /** Keys the obfuscation of values for the restricted user. */
  readonly obfuscationKey: Uint8Array;
  /** The attack log between two times, both included. */
  readonly attacksBetween: (query: AttackQuery) => Iterable<AttackRecord>;
  /** Resolves when everything that edges have reported is in the log. */
  readonly settled: () => Promise<void>;
  /** The session cookie that an API reports its clients by; `undefined`: it reports otherwise. */
  readonly cookieOf: (api: string) => string | undefined;
}

/**
 * The reports listener: `GET /v4/abs/attack`. Who has the access keys sees values; who has the
 * restricted ones sees cookies and tokens obfuscated.
 */
export function reportsApp(options: ReportsAppOptions): Hono {
  const readers = readerChecks(options);
  const app = new Hono();
  app.get("/v4/abs/attack", async (c) => {
    const reader = readers.find(({ accessHeader, secretHeader, access, secret }) => {
      const hasAccess = access.matches(c.req.header(accessHeader) ?? "");
      return secret.matches(c.req.header(secretHeader) ?? "") && hasAccess;
    });
    if (reader === undefined)
      return c.json(failure("wrong access key or secret key"), 401, KEYS_CHALLENGE);
    const query = parseAttackQuery(new URL(c.req.url).searchParams, options.timezone);
    if (!query.ok) {
      const problems = query.issues.map(({ path, problem }) =>
        path === "" ? problem : `${path}: ${problem}`,
      );
      return c.json(failure(problems.join("; ")), 400);
    }
    await options.settled();
    return c.json(report(options, query.value, reader.obfuscate));
  });
  app.notFound((c) => c.json(failure("no such report"), 404));
  return app;
}

function report(
  options: ReportsAppOptions,
  query: AttackQuery,
  obfuscate: ((value: string) => string) | undefined,
): AttackReport | AttackReport[] {
  const { api, earlier, later, type } = query;
  const request = {
    api,
    earlier,
    later,
    obfuscate,
    timezone: options.timezone,
    records: options.attacksBetween(query),
  };
  const cookieName = api === undefined ? undefined : options.cookieOf(api);
  if (type === 0) return buildAllAttacksReport({ ...request, cookieName });
  return buildAttackReport({ ...request, type, cookieName });
}

interface Reader {
  readonly accessHeader: string;
  readonly secretHeader: string;
  readonly access: SecretCheck;
  readonly secret: SecretCheck;
  readonly obfuscate: ((value: string) => string) | undefined;
}

function readerChecks({ keys, obfuscationKey }: ReportsAppOptions): Reader[] {
  return [
    {
      accessHeader: "x-abs-ak",
      secretHeader: "x-abs-sk",
      access: new SecretCheck(keys.accessKey),
      secret: new SecretCheck(keys.secretKey),
      obfuscate: undefined,
    },
    {
      accessHeader: "x-abs-ak-ru",
      secretHeader: "x-abs-sk-ru",
      access: new SecretCheck(keys.restrictedAccessKey),
      secret: new SecretCheck(keys.restrictedSecretKey),
      obfuscate: createObfuscator(obfuscationKey),
    },
  ];
}
