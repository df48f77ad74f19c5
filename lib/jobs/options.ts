/** What a pipeline may say of the Jobs that its runs are worked on in. */

export type JobOptions = {
  /** What its pod asks for and may not exceed, as Kubernetes writes it; default '1'. */
  cpu?: string;
  /** The same for memory; a pod that takes more is killed. Default '1Gi'. */
  memory?: string;
  /** Seconds that one Job works before it gives way to the next, as a slice does after 20; default: the whole run. */
  deadline?: number;
  /** Seconds that a Job may take from being asked for until its pod works; default 300. */
  pending?: number;
};

export type JobLimits = { cpu: string; memory: string; deadline: number | undefined; pending: number };

const MINUTE = 60;
const QUANTITY = /^(\d+(?:\.\d+)?)(m|[kMGT]|[KMGT]i)?$/;

/** The same with what was left out; `fail` is told what Kubernetes would refuse. */
export function jobLimits(options: JobOptions, fail: (why: string) => never): JobLimits {
  const { cpu = '1', memory = '1Gi', deadline, pending = 5 * MINUTE } = options;
  if (!QUANTITY.test(cpu) || /i$/.test(cpu)) fail(`job.cpu must be such as '2' or '500m', not '${cpu}'.`);
  if (!QUANTITY.test(memory) || /m$/.test(memory))
    fail(`job.memory must be such as '512Mi' or '4Gi', not '${memory}'.`);
  for (const [name, seconds] of Object.entries({ deadline, pending }))
    if (seconds !== undefined && !(Number.isFinite(seconds) && seconds >= 1))
      fail(`job.${name} must be a number of seconds of 1 or more.`);
  return { cpu, memory, deadline, pending };
}
