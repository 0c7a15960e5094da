import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const LICENSE_FILE = /^licen[cs]e(\.\w+)?$/i;

/** A plugin of rolldown: beside what is bundled goes `third-party-licenses.txt`, under which others' code in it is used. */
export function thirdPartyLicenses() {
  return {
    name: "third-party-licenses",
    generateBundle(_options, output) {
      const modules = Object.values(output).flatMap((file) => file.moduleIds ?? []);
      const folders = new Set(modules.filter(isThirdParty).map(packageFolder));
      const texts = [...folders].map(licenseOf).toSorted();
      this.emitFile({
        type: "asset",
        fileName: "third-party-licenses.txt",
        source: texts.join(`\n${"-".repeat(78)}\n\n`),
      });
    },
  };
}

function isThirdParty(id) {
  return /[\\/]node_modules[\\/]/.test(id);
}

/** The folder of the nearest manifest that has a name: some packages have others inside, which only say `type`. */
function packageFolder(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && "name" in JSON.parse(readFileSync(manifest, "utf8"))) return folder;
  }
}

/** Ends the build where there is none: such code is not to be passed on. */
function licenseOf(folder) {
  const { license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => LICENSE_FILE.test(each));
  if (file === undefined)
    throw new Error(`${name} ${version}: expected a licence, got none in ${folder}`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
