/**
 * `text` without anything that acts on a terminal: control characters, escapes, direction marks
 * and lone surrogates are shown as `\uXXXX`. In JSON the result means the same.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++) {
      escaped += String.raw`\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}
