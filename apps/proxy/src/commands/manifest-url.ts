/** URL of this package's manifest, wherever the code that asks for it was put: `dist`, `bundle` or `src`. */
export const MANIFEST_URL: string = import.meta.resolve("@portcullis/proxy/package.json");
