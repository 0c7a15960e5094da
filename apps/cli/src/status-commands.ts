import type { Answer } from "./client.ts";
import type { Command } from "./command.ts";
import { noWords, text } from "./read-words.ts";

const NAME_WIDTH = 24;
const MEBIBYTE = 1024 ** 2;

/** The state of the proxy as a whole, and its switches. */
export const STATUS_COMMANDS: readonly Command[] = [
  {
    verb: "status",
    usage: "",
    summary: "Shows what runs and what is switched on",
    async run(words, context) {
      noWords(words);
      const client = await context.open();
      const call = { method: "GET", path: "/status", query: {}, body: undefined } as const;
      return renderStatus(await client.call(call));
    },
  },
  switchCommand("enable", "firewall", "/firewall", "Firewall"),
  switchCommand("disable", "firewall", "/firewall", "Firewall"),
  switchCommand("enable", "ase_detected_attack", "/asedetectedattack", "ASE Detected Attack"),
  switchCommand("disable", "ase_detected_attack", "/asedetectedattack", "ASE Detected Attack"),
];

function switchCommand(
  status: "enable" | "disable",
  name: string,
  path: string,
  title: string,
): Command {
  return {
    verb: `${status}_${name}`,
    usage: "",
    summary: `Switches ${title} ${status === "enable" ? "on" : "off"}`,
    async run(words, context) {
      noWords(words);
      const client = await context.open();
      await client.call({ method: "POST", path, query: { status }, body: undefined });
      return [`${title} is now ${status}d`];
    },
  };
}

/** All rows of the documented block: what this product does not have is disabled. */
function renderStatus(answer: Answer): string[] {
  const rows: readonly (readonly [string, string])[] = [
    ["status", "started"],
    ["mode", text(answer["mode"]) || "inline"],
    ["http/ws", port(answer["http"])],
    ["https/wss", port(answer["https"])],
    ["firewall", enabled(answer["firewall"])],
    ["abs", "disabled"],
    ["abs attack", "disabled"],
    ["audit", enabled(answer["audit"])],
    ["sideband authentication", "disabled"],
    ["ase detected attack", enabled(answer["ase_detected_attack"])],
    ["attack list memory", memory(answer["attack_list_memory"])],
    ["google pubsub", "disabled"],
    ["log level", text(answer["log_level"])],
    ["timezone", text(answer["timezone"])],
  ];
  return [
    "API Security Enforcer",
    ...rows.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}: ${value}`),
  ];
}

function port(value: unknown): string {
  if (typeof value === "number") return `port ${value}`;
  return text(value) || "disabled";
}

function enabled(value: unknown): string {
  if (typeof value === "boolean") return value ? "enabled" : "disabled";
  return text(value) || "disabled";
}

function memory(value: unknown): string {
  const part = (name: string): string => {
    const bytes: unknown =
      typeof value === "object" && value !== null ? Reflect.get(value, name) : 0;
    return `${name} ${((typeof bytes === "number" ? bytes : 0) / MEBIBYTE).toFixed(2)} MB`;
  };
  return ["configured", "used", "free"].map(part).join(", ");
}
