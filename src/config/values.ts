/**
 * From the text of a flag to its value: the schemas that options share.
 *
 * @module
 */

import { z } from "zod";

/** Text -> number: decimal notation alone, finite. */
export function number(): z.ZodPipe<
  z.ZodString,
  z.ZodTransform<number, string>
> {
  return z.string().transform((text, context) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())
      ? Number(text)
      : NaN;
    if (!Number.isFinite(value)) {
      context.addIssue("not a finite number");
      return z.NEVER;
    }
    return value;
  });
}

/** Text -> whole number, bounds included. */
export function integer(min: number, max: number): z.ZodType<number, string> {
  return number().pipe(z.int().min(min).max(max));
}

/** `1,2,3` -> numbers, so many of them. */
export function numbers(min: number, max: number): z.ZodType<number[], string> {
  return z.string().transform((text) => text.split(","))
    .pipe(z.array(number()).min(min).max(max));
}

/** Timers end after 2^31 milliseconds, and fire at once if told to wait longer: 24 days. */
const LONGEST = 24 * 24 * 3_600_000;

/** `90`, `90s`, `10m`, `1h` -> milliseconds, 576h at most. */
export const duration: z.ZodType<number, string> = z.string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)?$/)
  .transform((text) => {
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    const [, value, suffix] = text.match(/^([\d.]+)(\w*)$/) ?? [];
    return Number(value) * unit[(suffix || "s") as keyof typeof unit];
  })
  .pipe(z.number().max(LONGEST));

/** Text that is not empty. */
export const text = z.string().min(1);
/** A switch: given or not. */
export const toggle = z.boolean().default(false);
