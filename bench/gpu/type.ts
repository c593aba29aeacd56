/** The report of `npm run bench -- --gpu`, as data. Times are in seconds. */
import type { Summary } from '../statistics.ts';

/** A time that the loops of kernels and a device's rates give. */
export interface PredictedTime {
  readonly seconds: number;
  /** The seconds if no cache served a load. */
  readonly uncached: number;
}

/** The rates of a device. A rate that nobody measured or published is absent. */
export interface Rates {
  readonly flops: number;
  readonly bandwidth: number;
  readonly onChip?: number;
  readonly launch: number;
  readonly subgroup: number;
}

export interface KernelRow {
  readonly kernel: string;
  /** The part of the predicted time that is longest, at the device's own rates. */
  readonly limit: string;
  readonly predicted: PredictedTime;
  /** By the device's timestamps. */
  readonly measured: number;
}

/** A Plan of a table: its predicted and its measured time. */
export interface PlanRow {
  readonly table: string;
  readonly row: string;
  readonly tokens: number;
  readonly launches: number;
  /** At the rates of this device, which are measured. */
  readonly predicted: PredictedTime;
  /** At the published rates of the device that stands for the class. */
  readonly onExample: PredictedTime;
  /** The wall time of a run, from submission until the device is done. */
  readonly measured: Summary;
  /** The kernels, where the device has timestamps. */
  readonly kernels?: readonly KernelRow[];
}

/** A row that could not be measured. */
export interface FailedRow {
  readonly table: string;
  readonly row: string;
  readonly error: string;
}

export interface TableReport {
  /** The text that the table printed. */
  readonly text: string;
  /** The figures that it wrote; absent where it failed. */
  readonly figures?: object;
  readonly error?: string;
}

type Interval = Pick<Summary, 'median' | 'low' | 'high'>;

/** The JSON that bench/torch/on_gpu.py prints. */
export interface PeftFigures {
  readonly torch: string;
  readonly device: string;
  /** Whether PyTorch rounds the factors of f32 products to 10 bits. */
  readonly tf32: boolean;
  readonly rows: readonly ({ readonly method: string; readonly size: readonly number[] } & (
    | { readonly seconds: Readonly<Partial<Record<'frozen' | 'peft' | 'derived', Interval>>> }
    | { readonly error: string }
  ))[];
}

export interface GpuReport {
  readonly format: 'oftc-gpu-report';
  readonly version: 1;
  readonly date: string;
  readonly rounds: number;
  readonly machine: Readonly<Record<'system' | 'cpu' | 'node', string>> & {
    readonly cores: number;
    readonly memoryBytes: number;
  };
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    /** The adapter's description, which has the driver and its version. */
    readonly description: string;
    readonly isSoftware: boolean;
    readonly subgroups: readonly [number | undefined, number | undefined];
    readonly features: readonly string[];
    readonly limits: Readonly<Record<string, number>>;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** The class of devices, and the device that stands for it. */
  readonly class: string;
  readonly example: Rates & { readonly name: string };
  readonly measuredRates: Rates;
  readonly tables: Readonly<Record<string, TableReport>>;
  readonly rows: readonly (PlanRow | FailedRow)[];
  /** PEFT's layers on the same card, or why there are none. */
  readonly peft: PeftFigures | { readonly missing: string };
}
