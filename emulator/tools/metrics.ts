/** The tool that tells how busy the machine of a session is: here the one that all sessions share. */
import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import { z } from "zod";
import { tool } from "./tool";

interface CpuTime {
    busy: number;
    all: number;
}

let before: CpuTime = { busy: 0, all: 0 };

export const getMetrics = tool(
    "get_metrics",
    "Tells the processors, memory and disk of the machine, and how much of each is in use.",
    z.object({}),
    async (space) => {
        const disk = await statfs(space.root);
        const diskTotal = disk.blocks * disk.bsize;
        const now = cpuTime();
        const all = now.all - before.all;
        const cpuUsed = all <= 0 ? 0 : Math.min(100, (100 * (now.busy - before.busy)) / all);
        before = now;
        return JSON.stringify({
            cpu_count: cpus().length,
            cpu_used_pct: Math.round(Math.max(0, cpuUsed) * 100) / 100,
            mem_total: totalmem(),
            mem_used: totalmem() - freemem(),
            disk_total: diskTotal,
            disk_used: diskTotal - disk.bfree * disk.bsize,
            // A session here has no network.
            rx_rate_kbyte_per_s: 0,
            tx_rate_kbyte_per_s: 0,
            rx_used_kbyte: 0,
            tx_used_kbyte: 0,
            timestamp: new Date().toISOString(),
        });
    },
);

/** Since the machine started; between two calls it is what they differ by that counts. */
function cpuTime(): CpuTime {
    const sum = { busy: 0, all: 0 };
    for (const { times } of cpus()) {
        const all = times.user + times.nice + times.sys + times.idle + times.irq;
        sum.all += all;
        sum.busy += all - times.idle;
    }
    return sum;
}
