/** `make e2e`: deploys this tree to the cluster that KUBECONFIG names and looks at what becomes of runs there. */
import { commandsBehind, endCommands } from './commands.ts';
import { clearNamespace, deploy, diagnosis, manifestsFor } from './deploy.ts';
import { openDoor } from './door.ts';
import { openWays } from './forward.ts';
import { imageFor } from './image.ts';
import { openInside } from './inside.ts';
import { kubectlIn } from './kubectl.ts';
import { whyNot } from './reachable.ts';
import { type Settings, SettingsError, settingsOf } from './settings.ts';
import type { Stage } from './stage.ts';
import { steps } from './steps.ts';
import { openTally, type Tally } from './tally.ts';

const SECOND = 1000;

async function main(settings: Settings, tally: Tally): Promise<void> {
  const run = commandsBehind(settings.prefix);
  const reason = await whyNot(settings, run);
  if (reason) return tally.skip('e2e', reason);
  const kubectl = kubectlIn(settings.namespace, run);
  const ways = openWays(kubectl, settings.prefix);
  const since = new Date();
  let stage: Stage | undefined;
  try {
    await tally.step(`The overlay kind in the namespace ${settings.namespace}`, async (check) => {
      const image = await check('an image of this tree', () => imageFor(settings.image));
      if (!settings.again) {
        await check('a namespace of its own', () => clearNamespace(kubectl));
        const manifests = await manifestsFor(run, settings.namespace, image);
        await check('kubescribe deploy: applied, and all of it Ready', () =>
          deploy(manifests, settings.prefix),
        );
      }
      const inside = await check('a pod of ours sees the databases', () => openInside(kubectl, image));
      const door = await check('the gateway and the Broker are found', () =>
        openDoor(run, kubectl, ways, settings.gateway),
      );
      stage = { kubectl, door, inside, since, gentle: settings.gentle, poison: new Set() };
    });
    const ground = stage;
    if (ground) await play(settings, tally, ground);
    if (tally.failed() > 0) tally.note(`\n${await diagnosis(kubectl)}`);
  } finally {
    ways.close();
    if (settings.keep) tally.note(`left as it is: kubectl --namespace ${settings.namespace} get ksvc`);
    else await clearNamespace(kubectl).catch((error) => tally.note(`not cleaned up: ${error}`));
  }
}

async function play({ only }: Settings, tally: Tally, stage: Stage): Promise<void> {
  for (const { name, title, run } of steps) {
    if (only.length > 0 && !only.some((word) => name.startsWith(word))) continue;
    await tally.step(`${title} (${name})`, (check) => run(stage, check));
  }
}

const began = performance.now();
const tally = openTally((line) => console.log(line));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endCommands();
    console.log(`\nstopped by ${signal}; what was made stays until the next start\n${tally.summary()}`);
    process.exit(1);
  });
try {
  await main(settingsOf(process.argv.slice(2), process.env), tally);
  console.log(`\n${tally.summary()} in ${((performance.now() - began) / SECOND).toFixed(0)} s`);
  process.exitCode = tally.failed() > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
