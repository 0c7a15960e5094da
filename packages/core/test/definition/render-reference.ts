import type { AnySection, Field } from "../../src/definition/field.ts";
import { RULES } from "../../src/definition/rules.ts";
import { SECTIONS } from "../../src/definition/sections.ts";

const HEAD = `# API definition

One API is one JSON file, \`{ "api_metadata": { ... } }\`. The file's name without \`.json\` is the API's
id: at most 160 letters, digits, hyphens, underscores and blanks, the first a letter or digit, and
not one of the words \`model\`, \`threshold\`, \`all\` and \`decoyall\`.

A definition is taken with every default applied, or refused with every issue at once, each with
the path of its field. An unknown field is ignored with a warning; one that is nearly the name of a
known field, or that belongs into another object, is an issue, because a security switch that
nobody reads fails open. Of a key that the text holds twice, JSON readers keep the last; this cannot
be seen afterwards, so let an editor or linter watch for it.

Durations are a whole number and a unit: \`s\` seconds, \`m\` minutes, \`h\` hours, \`d\` days, \`w\` weeks,
\`mnt\` months of 30 days, \`yr\` years of 365 days.

This page is written from the table that the parser reads, by a test that compares the two.
`;

/** The text of `docs/reference/api-definition.md`. */
export function renderReference(): string {
  const sections = SECTIONS.map(renderSection);
  const rules = RULES.map(({ sentence }) => `- ${mark(sentence)}`);
  return `${[HEAD.trimEnd(), ...sections, `## Rules between fields\n\n${rules.join("\n")}`].join("\n\n")}\n`;
}

function renderSection(section: AnySection): string {
  const title = section.path === "" ? "The file" : `\`${section.path}\``;
  const fields = Object.entries(section.fields).map(renderField);
  const children = Object.entries(section.children).map(
    ([key, child]) =>
      `- \`${key}\`: ${child.expects}${child.isRequired === true ? ", required" : ""}. ${mark(child.meaning)}`,
  );
  return `## ${title}\n\n${[...fields, ...children].join("\n")}`;
}

function renderField([key, field]: readonly [string, Field<unknown>]): string {
  const each = field.expectsEach === undefined ? "" : `, each ${mark(field.expectsEach)}`;
  return `- \`${key}\`: ${mark(field.expects)}${each}; ${renderDefault(field)}. ${mark(field.meaning)}`;
}

function renderDefault(field: Field<unknown>): string {
  if (field.isRequired === true) return "required";
  if (field.fallbackNote === undefined) return `default \`${JSON.stringify(field.fallback)}\``;
  const alias = field.fallback === "" ? ', for `""` too' : "";
  return `default: ${mark(field.fallbackNote)}${alias}`;
}

/** What stands between quotation marks is a key or a value. */
function mark(text: string): string {
  return text.replaceAll(/"([^"]*)"/g, (_, inner: string) =>
    inner === "" ? '`""`' : `\`${inner}\``,
  );
}
