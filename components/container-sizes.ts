/** CPU (vCPU) and memory (MiB) of a container at the most. Cloud Run bills both containers for as long as an instance lives. */
export interface ContainerSize {
  readonly cpu: number;
  readonly memoryMib: number;
}

/** The two containers of an instance of the service. */
export const containerSizes = {
  application: { cpu: 1, memoryMib: 512 },
  pgbouncer: { cpu: 1, memoryMib: 256 },
} as const satisfies Readonly<Record<string, ContainerSize>>;

/** The one container of the job that measures: it holds a page of a list at a time. Cloud Run's least is 512 MiB. */
export const metricsJobSize: ContainerSize = { cpu: 1, memoryMib: 512 };

/** In Cloud Run's form. */
export function resourceLimits({ cpu, memoryMib }: ContainerSize): { cpu: string; memory: string } {
  return { cpu: String(cpu), memory: `${memoryMib}Mi` };
}
