import { describe, expect, test } from "vitest";

import { command, LOGIN, useBench } from "./fake-management.ts";

const bench = useBench();

describe("a view", () => {
  const lists = [
    { tag: "decoy", entries: [{ type: "ip", value: "4.4.4.4" }] },
    { tag: "missing_token", entries: [{ type: "ip", value: "5.5.5.5" }] },
    {
      tag: "manual",
      entries: [
        { type: "ip", value: "10.10.10.10" },
        { type: "cookie", name: "JSESSIONID", value: "cookie_1.4" },
      ],
    },
  ];

  test.for([
    {
      name: "of the deny list has one numbering a part, manual entries first",
      argv: ["view_blacklist"],
      answer: { lists },
      out: [
        "Manual Blacklist",
        "1) type : ip, value : 10.10.10.10",
        "2) type : cookie, name : JSESSIONID, value : cookie_1.4",
        "Realtime Decoy Blacklist",
        "1) type : ip, value : 4.4.4.4",
        "Realtime Missing Token Blacklist",
        "1) type : ip, value : 5.5.5.5",
      ],
    },
    {
      name: "of an empty deny list",
      argv: ["view_denylist", "decoy"],
      answer: { lists: [] },
      out: ["No Blacklist"],
    },
    {
      name: "of the allow list",
      argv: ["view_whitelist"],
      answer: { entries: [{ type: "token", value: "token1.3" }] },
      out: ["Whitelist", "1) type : token, value : token1.3"],
    },
    {
      name: "of an empty allow list",
      argv: ["view_whitelist"],
      answer: { entries: [] },
      out: ["No Whitelist"],
    },
    {
      name: "of a value with a terminal escape, a line feed and a direction mark shows them",
      argv: ["view_whitelist"],
      answer: { entries: [{ type: "username", value: "a\u001b[2J\n2) type : ip\u009b\u202e" }] },
      out: [
        "Whitelist",
        String.raw`1) type : username, value : a\u001b[2J\u000a2) type : ip\u009b\u202e`,
      ],
    },
    {
      name: "of the APIs",
      argv: ["list_api"],
      answer: {
        api: [
          { api_id: "shop", status: "loaded", protocol: "http", https: false, decoy: "in-context" },
          { api_id: "flight", status: "loaded", protocol: "http", https: true },
          { api_id: "chat", status: "loaded", protocol: "ws", https: true, decoy: "out-context" },
        ],
      },
      out: [
        "shop ( loaded ), http, decoy: in-context",
        "flight ( loaded ), https",
        "chat ( loaded ), wss, decoy: out-context",
      ],
    },
    { name: "of their number", argv: ["api_count"], answer: { api: [{}, {}] }, out: ["2"] },
    {
      name: "of one API",
      argv: ["api_info", "shop"],
      answer: { api_metadata: { url: "/\u009b" } },
      out: ["{", '  "api_metadata": {', String.raw`    "url": "/\u009b"`, "  }", "}"],
    },
    {
      name: "of the status",
      argv: ["status"],
      answer: {
        mode: "inline",
        http: "port 8000",
        https: "disabled",
        firewall: "enabled",
        ase_detected_attack: "disabled",
        audit: "enabled",
        attack_list_memory: { configured: 134_217_728, used: 26_843_546, free: 107_374_182 },
        log_level: "info",
        timezone: "utc (UTC)",
      },
      out: [
        "API Security Enforcer",
        "status                  : started",
        "mode                    : inline",
        "http/ws                 : port 8000",
        "https/wss               : disabled",
        "firewall                : enabled",
        "abs                     : disabled",
        "abs attack              : disabled",
        "audit                   : enabled",
        "sideband authentication : disabled",
        "ase detected attack     : disabled",
        "attack list memory      : configured 128.00 MB, used 25.60 MB, free 102.40 MB",
        "google pubsub           : disabled",
        "log level               : info",
        "timezone                : utc (UTC)",
      ],
    },
  ])("$name", async ({ argv, answer, out }) => {
    bench.server.answer = answer;
    expect(await command([...argv, ...LOGIN], bench.env)).toEqual({
      code: 0,
      out: out.map((line) => `${line}\n`).join(""),
      err: "",
    });
  });
});
