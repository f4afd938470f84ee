/** The CPU time of this process, which other processes on the machine do not prolong. */
export function cpuMs(work: () => void): number {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
}
