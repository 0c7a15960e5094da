const LONGEST_KEY = 64;

/** The JSON path of the member `key` of the object at `path`, safe to print whatever the key is. */
export function memberPath(path: string, key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && key.length <= LONGEST_KEY) {
    return path === "" ? key : `${path}.${key}`;
  }
  const shown = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}...` : key;
  // A key is not ours: line breaks and terminal escapes in it must not reach a log as they are.
  const escaped = JSON.stringify(shown).replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${path}[${escaped}]`;
}
