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

/** In Cloud Run's form. */
export function resourceLimits({ cpu, memoryMib }: ContainerSize): { cpu: string; memory: string } {
  return { cpu: String(cpu), memory: `${memoryMib}Mi` };
}
