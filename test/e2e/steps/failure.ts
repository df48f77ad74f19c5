import * as z from 'zod';
import { until } from '../patience.ts';
import { ended, startSteps } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;
const ASK =
  "fetch('http://127.0.0.1:8025/mail',{headers:{accept:'application/json'}}).then(async(a)=>console.log(await a.text()))";
const Mails = z.array(z.looseObject({ subject: z.string(), text: z.string(), to: z.array(z.string()) }));

export default {
  name: 'failure',
  title: 'A run that fails on purpose',
  async run(stage, check) {
    const failing = await startSteps(stage, 'failing', { steps: 2, fail: true });
    await check('it ends as ERROR with its cause', async () => {
      const run = await ended(stage, failing, 3 * MINUTE);
      if (run.status !== 'ERROR' || !/on purpose/.test(run.error_message ?? ''))
        throw new Error(`it ended ${run.status}: ${run.error_message}`);
      return run.error_message ?? '';
    });
    await check('its mail is in the catcher', async () => {
      const mail = await until('the mail', 3 * MINUTE, async () => {
        const caught = await stage.kubectl(['exec', 'deployments/mail', '--', 'node', '--eval', ASK]);
        return Mails.parse(JSON.parse(caught)).find(({ text }) => text.includes(failing.id));
      });
      return `"${mail.subject}" to ${mail.to.join(', ')}`;
    });
  },
} satisfies Step;
