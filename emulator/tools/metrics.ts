/** The tool that reports the machine's resource usage. All sessions share this machine. */
import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import { z } from "zod";
import { tool } from "./tool";

interface CpuTime {
    busy: number;
    total: number;
}

let previous: CpuTime = { busy: 0, total: 0 };

export const getMetrics = tool(
    "get_metrics",
    "Reports the machine's processors, memory and disk, and how much of each is in use.",
    z.object({}),
    async (workspace) => {
        const disk = await statfs(workspace.root);
        const diskTotal = disk.blocks * disk.bsize;
        const now = cpuTime();
        const elapsed = now.total - previous.total;
        const cpuUsed = elapsed <= 0 ? 0 : Math.min(100, (100 * (now.busy - previous.busy)) / elapsed);
        previous = now;
        return JSON.stringify({
            cpu_count: cpus().length,
            cpu_used_pct: Math.round(Math.max(0, cpuUsed) * 100) / 100,
            mem_total: totalmem(),
            mem_used: totalmem() - freemem(),
            disk_total: diskTotal,
            disk_used: diskTotal - disk.bfree * disk.bsize,
            // Sessions of the local AGB have no network access.
            rx_rate_kbyte_per_s: 0,
            tx_rate_kbyte_per_s: 0,
            rx_used_kbyte: 0,
            tx_used_kbyte: 0,
            timestamp: new Date().toISOString(),
        });
    },
);

/** Times since the machine started. The usage between two calls is the difference of their times. */
function cpuTime(): CpuTime {
    const sum = { busy: 0, total: 0 };
    for (const { times } of cpus()) {
        const total = times.user + times.nice + times.sys + times.idle + times.irq;
        sum.total += total;
        sum.busy += total - times.idle;
    }
    return sum;
}
