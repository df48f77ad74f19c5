import * as z from 'zod';
import { scheduleFault, zoneFault } from './cron-schedule.ts';
import { Attributes, Destination } from './eventing-schema.ts';
import { Metadata, refine } from './resource-schema.ts';

export const PingSourceResource = z.looseObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      schedule: refine(scheduleFault),
      timezone: refine(zoneFault).optional(),
      contentType: z.string().optional(),
      data: z.string().optional(),
      dataBase64: z.base64().optional(),
      sink: Destination,
      ceOverrides: z.strictObject({ extensions: Attributes.optional() }).optional(),
    })
    .superRefine(({ contentType, data, dataBase64 }, context) => {
      const field = data === undefined ? 'dataBase64' : 'data';
      if (data !== undefined && dataBase64 !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['dataBase64'],
          message: 'expected data or dataBase64, not both',
        });
      }
      const text = data ?? (dataBase64 === undefined ? '' : Buffer.from(dataBase64, 'base64').toString());
      if (contentType === 'application/json' && text !== '' && !isJsonObject(text)) {
        context.addIssue({
          code: 'custom',
          path: [field],
          message: 'with application/json the data is a JSON object',
        });
      }
    }),
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
