import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  type AttackCode,
  type AttackRecord,
  openMemoryStore,
  openStore,
  type Store,
} from "@portcullis/store";
import { describe, expect, onTestFinished, test } from "vitest";

import type { AttackReport } from "../src/attack-report.ts";
import { type AttackType, codesOf } from "../src/attack-types.ts";
import { buildAttackReport } from "../src/build-attack-report.ts";

const KEY = new Uint8Array(32).fill(7);

/** Reads `Fri Jan 26 20:58:04:770 2018` with the platform's own parser, not with ours. */
function timeOf(text: string): number {
  return Date.parse(text.replace(/:(\d{3}) (\d{4})$/, ".$1 $2 UTC"));
}

function golden(name: string): AttackReport {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
}

/** The events that a report tells of, in the order in which it does. */
function eventsOf(report: AttackReport): AttackRecord[] {
  const clients = [
    ...report.ips.map(({ ip, details }) => ({ kind: "ip", name: "", value: ip, details }) as const),
    ...report.cookies.map(
      ({ cookie, details }) =>
        ({ kind: "cookie", name: report.cookie ?? "", value: cookie, details }) as const,
    ),
    ...report.access_tokens.map(
      ({ access_token: value, details }) => ({ kind: "token", name: "", value, details }) as const,
    ),
  ];
  const codes: Record<string, AttackCode> = {
    protocol: "protocol",
    method: "method",
    content_type: "content-type",
    decoy: "decoy",
  };
  return clients.flatMap(({ details, ...client }) =>
    details.map(({ access_time, attack_code }) => ({
      at: timeOf(access_time),
      api: report.api_name,
      code: codes[attack_code] ?? "missing-token",
      client,
      ip: client.kind === "ip" ? client.value : "100.64.38.140",
      method: "GET",
      path: `/${report.api_name}`,
      requestId: "",
    })),
  );
}

const STORES: readonly { readonly store: string; readonly open: () => Store }[] = [
  { store: "memory", open: () => openMemoryStore({ key: KEY, values: "encrypted" }) },
  {
    store: "lmdb",
    open: () => {
      const directory = mkdtempSync(join(tmpdir(), "portcullis-reports-"));
      const store = openStore({ directory, key: KEY, values: "encrypted" });
      onTestFinished(async () => {
        await store.close();
        rmSync(directory, { recursive: true, force: true });
      });
      return store;
    },
  },
];

const ORDERS: readonly {
  readonly order: string;
  readonly sort: (events: AttackRecord[]) => AttackRecord[];
}[] = [
  { order: "as the document tells them", sort: (events) => events },
  { order: "as they happened", sort: (events) => events.toSorted((a, b) => a.at - b.at) },
];

const DOCUMENTS: readonly { readonly name: string; readonly type: AttackType }[] = [
  { name: "abs-attack-101-tokens", type: 101 },
  { name: "abs-attack-101-cookies", type: 101 },
  { name: "abs-attack-101-ips-derived", type: 101 },
  { name: "abs-attack-100-decoy", type: 100 },
];

describe.for(STORES)("from a $store store", ({ open }) => {
  describe.for(ORDERS)("with the events $order", ({ sort }) => {
    test.for(DOCUMENTS)("$name comes out key for key", async ({ name, type }) => {
      const want = golden(name);
      const store = open();
      await store.attacks.append(sort(eventsOf(want)));
      const api = want.api_name;
      const [earlier, later] = [timeOf(want.earlier_date), timeOf(want.later_date)];
      const report = buildAttackReport({
        type,
        api,
        earlier,
        later,
        records: store.attacks.between({ from: earlier, to: later, api, codes: codesOf(type) }),
        cookieName: want.cookie,
      });
      expect(report).toEqual(want);
      expect(JSON.stringify(report)).toBe(JSON.stringify(want));
    });
  });
});
