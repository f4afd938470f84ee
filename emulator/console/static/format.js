// How the console writes times, sizes and names.
import { element } from "./dom.js";

export function formatDuration(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86400)} d`;
}
/** The duration of something short. */
export function formatMilliseconds(ms) {
    if (ms < 1000) return `${ms} ms`;
    return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}

export function formatSize(bytes) {
    const units = ["B", "KB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
    return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
export const formatCount = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export const formatTime = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
export const formatDay = (ms) =>
    new Date(ms).toLocaleDateString([], { weekday: "short", day: "numeric", month: "long", year: "numeric" });
export const formatDate = (ms) =>
    new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hour12: false });
export const timeElement = (ms, text) =>
    element("time", { datetime: new Date(ms).toISOString(), title: formatDate(ms) }, text);

/** The Pulumi name of a session, or its id. */
export const sessionTitle = (name, id) => name.name ?? shortId(id);
export const shortId = (id) => (id.length > 17 ? `${id.slice(0, 16)}…` : id);
/** The project and the stack, if known. */
export const stackTitle = ({ project, stack }) => [project, stack].filter(Boolean).join(" / ");
