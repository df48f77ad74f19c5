/** Prints what the models find: `node test/model/explore.ts [name of a study] [--large] [--clauses]`. */
import { ADMISSION } from './admission/study.ts';
import { RUN } from './run/study.ts';
import { narrate } from './study.ts';
import { TARGET } from './target/study.ts';
import { TELLING } from './telling/study.ts';

const MS = 1000;
const STUDIES = [RUN, ADMISSION, TARGET, TELLING];

function print(args: string[]): void {
  const named = STUDIES.filter((study) => args.includes(study.name));
  for (const study of named.length > 0 ? named : STUDIES) {
    console.log(`# ${study.name}`);
    if (args.includes('--clauses')) {
      for (const { name, says, within, run } of study.removals) {
        console.log(`\nwithout ${name} (${says}), with ${within}:\n${narrate(run())}`);
      }
      continue;
    }
    const searches = args.includes('--large') ? [...study.scenarios, ...study.large] : study.scenarios;
    for (const { name, run } of searches) {
      const start = performance.now();
      const finding = narrate(run());
      console.log(`${name}: ${finding} (${((performance.now() - start) / MS).toFixed(1)} s)`);
    }
  }
}

if (import.meta.main) print(process.argv.slice(2));
