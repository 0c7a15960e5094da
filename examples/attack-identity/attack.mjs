// node examples/attack-identity/attack.mjs [--weakened]: attacks a proxy of its own by identity, on loopback, and prints
// what each attempt got. Ends with 1 if one of them got through. Needs the build that `npm start` makes.
import { FLOOD } from "./attacks/flood.mjs";
import { POISON } from "./attacks/poison.mjs";
import { RESPELL } from "./attacks/respell.mjs";
import { SHARE } from "./attacks/share.mjs";
import { deploy } from "./deployment.mjs";

const CHAPTERS = { respell: RESPELL, poison: POISON, flood: FLOOD, share: SHARE };

const [option] = process.argv.slice(2);
if (option !== undefined && option !== "--weakened") {
  process.stderr.write(`attack.mjs [--weakened]: got ${option}\n`);
  process.exit(2);
}

const world = await deploy({ isWeakened: option === "--weakened" });
let held = 0;
let broken = 0;
try {
  for (const [chapter, attacks] of Object.entries(CHAPTERS)) {
    for (const attack of attacks) {
      const { isHeld, got } = await attack.run(world);
      if (isHeld) held++;
      else broken++;
      process.stdout.write(
        `${isHeld ? "held  " : "BROKEN"}  ${chapter.padEnd(8)} ${attack.sent}: ${got}\n`,
      );
    }
  }
} finally {
  await world.stop();
}
process.stdout.write(`\n${held} held, ${broken} BROKEN\n`);
process.exitCode = broken === 0 ? 0 : 1;
