/** Formats how long ago something was. */

const SECONDS_PER_UNIT = [
    ["year", 365 * 86_400],
    ["month", 30 * 86_400],
    ["week", 7 * 86_400],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
] as const;

/** `5 minutes ago`, rounded down to the largest unit; `now` within a second. */
export function relativeTime(time: Date, now = new Date()): string {
    const seconds = Math.floor((now.getTime() - time.getTime()) / 1000);
    for (const [unit, length] of SECONDS_PER_UNIT) {
        const count = Math.floor(seconds / length);
        if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
    }
    return "now";
}
