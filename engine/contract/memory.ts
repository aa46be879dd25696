import { z } from 'zod';

const zBytes = z.number().nonnegative();

/** What the ledger knows of one model component. */
export const zLedgerEntry = z.object({
  /** The model's id and the component, such as `starter` and `unet`. */
  model: z.string(),
  component: z.string(),
  /** Bytes of weights as the session holds them. */
  weightBytes: zBytes,
  /** Of these, what is in memory: a network in parts keeps only some of them. */
  residentBytes: zBytes,
  /** Whether a run may begin without loading it first. */
  resident: z.boolean(),
  /** Milliseconds since the epoch. */
  lastUsed: z.number(),
});
export type LedgerEntry = z.infer<typeof zLedgerEntry>;

/** The arena that all sessions of a device share: weights (those that lie elsewhere counted in) and what runs need. */
export const zArenaAccount = z.object({
  inUseBytes: zBytes,
  /** Taken from the device; what is not in use of it is cache. */
  reservedBytes: zBytes,
  /** The most that was in use at once since the engine started. */
  peakBytes: zBytes,
  limitBytes: zBytes.nullable(),
});
export type ArenaAccount = z.infer<typeof zArenaAccount>;

/** Memory of the graphics card, or the computer's own. */
const zPlaceOfMemory = z.enum(['gpu', 'system']);

/** The engine's own account of memory, published at lease boundaries. */
export const zEngineMemory = z.object({
  device: z.string(),
  /** Whose memory the weights and the arena take. */
  where: zPlaceOfMemory,
  /** Resident set size of the engine process. */
  processBytes: zBytes,
  /** Sum of the weights of resident components. */
  weightBytes: zBytes,
  /** Null where onnxruntime's memory cannot be read. */
  arena: zArenaAccount.nullable(),
  ledger: z.array(zLedgerEntry),
  /**
   * When a run was last measured that makes estimates say something else, in milliseconds since the epoch; null for none since
   * the engine started.
   */
  learnedAt: z.number().nullable(),
});
export type EngineMemory = z.infer<typeof zEngineMemory>;

export const zGpuProcess = z.object({ pid: z.number().int(), name: z.string(), bytes: zBytes, own: z.boolean() });

export const zGpuSample = z.object({
  name: z.string(),
  totalBytes: zBytes,
  /** All that is not free: what programs hold, and what the driver keeps for itself. */
  usedBytes: zBytes,
  freeBytes: zBytes,
  /** Percent, or null where the driver does not tell. */
  utilisation: z.number().nullable(),
  temperatureC: z.number().nullable(),
  powerW: z.number().nullable(),
  processes: z.array(zGpuProcess),
});
export type GpuSample = z.infer<typeof zGpuSample>;

/** One reading of the machine, taken in the main process (which works on whatever the engine is at). */
export const zDeviceSample = z.object({
  /** Milliseconds since the epoch. */
  time: z.number(),
  source: z.enum(['nvml', 'nvidia-smi', 'none']),
  /** Where there is no GPU reading: why, in words for the person. */
  reason: z.string().nullable(),
  gpu: zGpuSample.nullable(),
  system: z.object({ totalBytes: zBytes, usedBytes: zBytes }),
  /** Resident set sizes of Headroom's processes; engine is 0 while it is not running. */
  processes: z.object({ engine: zBytes, app: zBytes }),
  /** What the engine said that it holds, null while it has said nothing. The arena's figures are of this moment. */
  engine: z
    .object({
      where: zPlaceOfMemory,
      /** Of each resident component. */
      weights: z.array(z.object({ model: z.string(), component: z.string(), bytes: zBytes })),
      arena: zArenaAccount.omit({ limitBytes: true }).nullable(),
    })
    .nullable(),
});
export type DeviceSample = z.infer<typeof zDeviceSample>;

export const zClearCacheResult = z.object({
  evicted: z.array(z.string()),
  /** Process or device memory before minus after, measured; never negative. */
  freedBytes: zBytes,
});
export type ClearCacheResult = z.infer<typeof zClearCacheResult>;
