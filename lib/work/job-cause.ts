import type { Service } from '../http/service.ts';
import { causeOf, type JobCause } from '../jobs/cause.ts';
import { jobName } from '../jobs/name.ts';
import { redact } from '../logs/redact.ts';

/** What the cluster says of the Job whose lease ran out; throws when the cluster cannot be asked. */
export async function askForCause(service: Service, runId: string, jobEpoch: number): Promise<JobCause> {
  const jobs = await service.jobs();
  const name = jobName(runId, jobEpoch);
  const [job, pods] = [await jobs.find(name), await jobs.podsOf(name)];
  const { code, message } = causeOf(job, pods);
  return { code, message: redact(message) };
}
